"""An event's story on a terminal: what came when, from whom, and why it is one event."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from terraloom.hazards.views import EventStory, Link
from terraloom.serve import words
from terraloom.serve.words import StoryStep

ALERT_STYLE = {"GREEN": "green", "YELLOW": "yellow", "ORANGE": "dark_orange", "RED": "bold red"}


def tell(story: EventStory) -> None:
    """Print the story as a tree."""
    event = story.event
    heading = f"[bold]{escape(event.title)}[/]  {words.TYPES.get(event.event_type, event.event_type)}"
    if event.alert:
        heading += f"  [{ALERT_STYLE.get(event.alert, '')}]{event.alert}[/]"
    tree = Tree(heading)
    tree.add(f"[dim]{event.id}[/]  {words.began(event)}  {escape(words.near(event))}")
    _add_state(tree, story)
    if told := words.summary(story):
        tree.add(escape(told))
    decided = tree.add(f"[bold]{story.decisions_total} decisions[/]")
    for step in words.steps(story):
        _add_step(decided, step)
    _add_reports(tree, story)
    if story.doubtful:
        doubtful = tree.add(f"[bold]close, but not joined[/] ({story.doubtful_total})")
        for link in story.doubtful:
            doubtful.add(_pair(link, story))
    if story.sequence:
        sequence = tree.add("[bold]same sequence[/] (linked, not merged)")
        for other in story.sequence:
            apart = f"{words.km(other.distance_km)}, {words.signed_time(other.dt_s)}"
            sequence.add(f"{escape(other.title)}  [dim]{apart}  {other.event_id}[/]")
    if story.severity:
        severity = tree.add(f"[bold]severity {story.severity.score:.1f} of 10[/]: {story.severity.alert}")
        severity.add(escape(story.severity.explanation))
    elif story.event.state == "current":
        tree.add("[dim]severity: not estimated yet (a worker does)[/]")
    Console().print(tree)


def _add_state(tree: Tree, story: EventStory) -> None:
    if story.event.state == "merged":
        tree.add(f"[yellow]merged[/] into {story.survivor or story.event.merged_into}")
    elif story.event.state == "retracted":
        tree.add("[yellow]retracted[/]: every agency has withdrawn it")
    if story.absorbed:
        tree.add("took in " + ", ".join(map(str, story.absorbed)))


def _add_step(tree: Tree, step: StoryStep) -> None:
    at = words.utc(step.at) if step.at else ""
    branch = tree.add(f"[bold]{escape(step.agency)}[/] {step.words}  [dim]{at}[/]")
    if step.reason:
        branch.add(escape(step.reason))
    facts = [*step.measures]
    if step.rule:
        facts.append(f"rule: {step.rule}")
    if facts:
        branch.add(f"[dim]{escape(' · '.join(facts))}[/]")
    if step.folded:
        versions = "version" if len(step.folded) == 1 else "versions"
        branch.add(f"[dim]{len(step.folded)} later {versions} of the same report[/]")


def _add_reports(tree: Tree, story: EventStory) -> None:
    branch = tree.add(f"[bold]{len(story.reports)} reports[/]")
    for report in story.reports:
        ids = " ".join(report.aliases) or report.canonical_id
        apart = f"{words.km(report.distance_km)}, {words.signed_time(report.dt_s)}"
        withdrawn = "  [yellow]withdrawn[/]" if report.retracted else ""
        branch.add(f"[bold]{escape(report.agency)}[/] {escape(ids)}  [dim]{apart}[/]{withdrawn}")


def _pair(link: Link, story: EventStory) -> str:
    other = link.b if link.a.event_id == story.event.id else link.a
    apart = f"{words.km(link.distance_km)}, {words.span(link.dt_s)}"
    return f"{escape(other.agency)}/{escape(other.id)}  [dim]{apart}[/]  {escape(link.reason)}"

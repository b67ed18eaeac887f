"""What is fast, shown: each module measures one thing beside the naive way, in one run."""

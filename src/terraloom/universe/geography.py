"""Where things happen on the simulated planet: plate boundaries, basins, volcanoes, regions.

Coarse facts, written by hand from general knowledge of the Earth: good to a degree or two, which is all a
simulation needs. Longitude before latitude, degrees; bounds are west, east, south, north.
"""

from __future__ import annotations

from msgspec import Struct


class Belt(Struct, frozen=True):
    """A seismic belt: `share` of the world's earthquakes, `spread_km` across it, depths in km."""

    name: str
    share: float
    spread_km: float
    depth_km: float  # mean of the exponential part
    depth_max_km: float
    points: tuple[tuple[float, float], ...]


# Longitudes run on past 180 where a belt crosses the date line, so that it is drawn the short way.
BELTS = (
    Belt("Japan and Kurils", 0.13, 60, 45, 600,
         ((130, 31), (136, 33), (141, 36), (143, 40), (147, 44), (155, 50), (161, 55))),
    Belt("Aleutians and Alaska", 0.08, 50, 30, 250,
         ((165, 54), (175, 51.5), (185, 51.5), (195, 53.5), (205, 57), (212, 61))),
    Belt("Philippines and Taiwan", 0.10, 70, 50, 600,
         ((121.5, 24), (121, 19), (123.5, 14), (126, 9), (127, 4))),
    Belt("Sumatra and Java", 0.11, 60, 50, 600,
         ((93, 12), (94.5, 5), (98.5, 0), (102, -5), (108, -9), (116, -10.5), (124, -10))),
    Belt("Banda and New Guinea", 0.08, 80, 50, 400,
         ((124, -8), (131, -6), (138, -3), (145, -5), (152, -5.5), (160, -10), (167, -14))),
    Belt("Tonga and Kermadec", 0.12, 60, 100, 650,
         ((169, -20), (178, -22), (186.5, -16), (185, -22), (182, -30), (179.5, -36))),
    Belt("New Zealand", 0.04, 35, 25, 250,
         ((178, -38), (176.5, -40.5), (173.5, -42.5), (170, -44), (166.5, -46))),
    Belt("Chile and Peru", 0.10, 60, 45, 300,
         ((-80.5, -2), (-80, -8), (-76, -14), (-71, -18), (-71, -26), (-73, -35), (-75, -44))),
    Belt("Central America and Mexico", 0.06, 50, 35, 200,
         ((-105.5, 19), (-99, 16.5), (-94, 14.5), (-88, 12.5), (-83.5, 8.5), (-78, 7))),
    Belt("Caribbean", 0.02, 50, 30, 150,
         ((-76, 19), (-69, 19), (-63, 18.5), (-60.5, 14), (-62, 10.8))),
    Belt("California and Cascadia", 0.05, 35, 8, 35,
         ((-115.3, 32.5), (-118.5, 34.8), (-121.5, 37), (-124.3, 40.4), (-127, 44), (-129, 50))),
    Belt("Anatolia and Aegean", 0.05, 40, 10, 60,
         ((20.5, 38), (26, 38.5), (28.5, 40.7), (34, 41), (39, 39.6), (43.3, 38.6))),
    Belt("Italy and Balkans", 0.02, 30, 9, 40,
         ((15.3, 38.2), (15.6, 40.5), (13.3, 42.5), (11, 44.3), (13.2, 46.2), (16.5, 43.5), (19.7, 41.2))),
    Belt("Iran and Zagros", 0.02, 60, 12, 40,
         ((45, 36.5), (49, 32.5), (54, 28), (59, 28.5), (61, 33))),
    Belt("Hindu Kush and Himalaya", 0.03, 70, 35, 220,
         ((70.5, 36.5), (75, 34), (80, 30), (86, 27.7), (92, 27), (97, 26))),
    Belt("Mid-Atlantic Ridge", 0.04, 25, 10, 20,
         ((-18, 66), (-27, 58), (-33, 48), (-28, 39), (-44, 24), (-42, 9), (-16, 0), (-13, -15), (-14, -35))),
    Belt("Indian Ocean ridges", 0.03, 30, 10, 20,
         ((57, 14), (66, 2), (68, -14), (70, -25), (57, -32), (40, -43), (26, -52))),
    Belt("East Pacific and Scotia", 0.03, 30, 12, 80,
         ((-108, 20), (-104, 8), (-107, -10), (-112, -28), (-111, -38))),
    Belt("South Sandwich", 0.02, 50, 40, 250,
         ((-35, -60), (-27, -60), (-25.5, -57), (-28, -55), (-38, -54))),
)  # fmt: skip


class Box(Struct, frozen=True):
    west: float
    east: float
    south: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north


TURKEY = Box(25.0, 45.0, 35.0, 43.0)
ITALY = Box(6.0, 19.0, 35.0, 48.0)
EUROMED = Box(-15.0, 50.0, 25.0, 72.0)
NEW_ZEALAND = Box(164.0, 180.0, -49.0, -33.0)

US_NETWORKS = {  # the regional network whose ids USGS prefers there
    "ci": Box(-121.0, -114.0, 32.0, 36.2),
    "nc": Box(-126.0, -117.0, 36.2, 42.0),
    "uw": Box(-126.0, -116.0, 42.0, 49.0),
    "nn": Box(-120.0, -114.0, 36.2, 42.0),
    "ak": Box(-170.0, -130.0, 52.0, 72.0),
    "av": Box(-180.0, -170.0, 50.0, 54.0),
    "hv": Box(-161.0, -154.0, 18.0, 23.0),
    "pr": Box(-69.0, -63.0, 17.0, 20.5),
}


class Basin(Struct, frozen=True):
    """Where cyclones are born; `code` as in ATCF ids, `gdacs` as GDACS calls it."""

    code: str
    gdacs: str
    genesis: Box
    heading_deg: float  # towards, clockwise from north, while young
    names: tuple[str, ...]


BASINS = (
    Basin("AL", "NorthAtlantic", Box(-60, -28, 10, 18), 285,
          ("ARTHUR", "BERTHA", "CRISTOBAL", "DOLLY", "EDOUARD", "FAY", "GONZALO", "HANNA", "ISAIAS")),
    Basin("EP", "NEPacific", Box(-112, -94, 10, 16), 290,
          ("AMANDA", "BORIS", "CRISTINA", "DOUGLAS", "ELIDA", "FAUSTO", "GENEVIEVE", "HERNAN", "ISELLE")),
    Basin("WP", "NWPacific", Box(132, 152, 8, 18), 295,
          ("DAMREY", "HAIKUI", "KIROGI", "YUN-YEUNG", "KOINU", "BOLAVEN", "SANBA", "JELAWAT", "EWINIAR")),
    Basin("IO", "NIndian", Box(84, 92, 9, 15), 320,
          ("MOCHA", "BIPARJOY", "TEJ", "HAMOON", "MIDHILI", "MICHAUNG", "REMAL", "ASNA", "DANA")),
    Basin("SH", "SWIndian", Box(58, 85, -17, -9), 250,
          ("ALVARO", "BELAL", "CANDICE", "DJOUNGOU", "ELEANOR", "FILIPO", "GAMANE", "HIDAYA", "IALY")),
)  # fmt: skip


class VolcanoSite(Struct, frozen=True):
    """A volcano with the number that the Smithsonian's Global Volcanism Program gives it."""

    number: int
    name: str
    country: str
    iso3: str
    lon: float
    lat: float


VOLCANOES = (
    VolcanoSite(211060, "Etna", "Italy", "ITA", 14.999, 37.748),
    VolcanoSite(211040, "Stromboli", "Italy", "ITA", 15.213, 38.789),
    VolcanoSite(233020, "Piton de la Fournaise", "France", "FRA", 55.708, -21.244),
    VolcanoSite(241040, "Whakaari/White Island", "New Zealand", "NZL", 177.18, -37.52),
    VolcanoSite(251020, "Manam", "Papua New Guinea", "PNG", 145.037, -4.08),
    VolcanoSite(261140, "Marapi", "Indonesia", "IDN", 100.474, -0.38),
    VolcanoSite(262000, "Krakatau", "Indonesia", "IDN", 105.423, -6.102),
    VolcanoSite(263250, "Merapi", "Indonesia", "IDN", 110.446, -7.54),
    VolcanoSite(263300, "Semeru", "Indonesia", "IDN", 112.922, -8.108),
    VolcanoSite(273030, "Mayon", "Philippines", "PHL", 123.685, 13.257),
    VolcanoSite(273070, "Taal", "Philippines", "PHL", 120.993, 14.002),
    VolcanoSite(282080, "Aira", "Japan", "JPN", 130.657, 31.593),
    VolcanoSite(284096, "Nishinoshima", "Japan", "JPN", 140.874, 27.247),
    VolcanoSite(300270, "Sheveluch", "Russia", "RUS", 161.36, 56.653),
    VolcanoSite(311360, "Shishaldin", "United States", "USA", -163.97, 54.756),
    VolcanoSite(332010, "Kilauea", "United States", "USA", -155.287, 19.421),
    VolcanoSite(341090, "Popocatepetl", "Mexico", "MEX", -98.622, 19.023),
    VolcanoSite(342090, "Fuego", "Guatemala", "GTM", -90.88, 14.473),
    VolcanoSite(352080, "Cotopaxi", "Ecuador", "ECU", -78.436, -0.677),
    VolcanoSite(354006, "Sabancaya", "Peru", "PER", -71.857, -15.787),
    VolcanoSite(357120, "Villarrica", "Chile", "CHL", -71.93, -39.42),
    VolcanoSite(372020, "Reykjanes", "Iceland", "ISL", -22.5, 63.817),
)

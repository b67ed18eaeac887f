"""What a spot is: the columns of wspr.live's table `wspr.rx`, in the order and types of our files."""

from __future__ import annotations

import pyarrow as pa

SPOT = pa.schema(
    [
        pa.field("id", pa.uint64()),  # wsprnet's own; one per spot
        pa.field("time", pa.timestamp("ms", tz="UTC")),  # start of the transmission, an even minute
        pa.field("band", pa.int16()),  # whole MHz; -1 is 136 kHz
        pa.field("rx_sign", pa.string()),  # callsign of the receiver
        pa.field("rx_lat", pa.float32()),  # degrees north
        pa.field("rx_lon", pa.float32()),  # degrees east
        pa.field("rx_loc", pa.string()),  # Maidenhead locator, four or six characters
        pa.field("tx_sign", pa.string()),
        pa.field("tx_lat", pa.float32()),
        pa.field("tx_lon", pa.float32()),
        pa.field("tx_loc", pa.string()),
        pa.field("distance", pa.uint16()),  # km, along the great circle
        pa.field("azimuth", pa.uint16()),  # degrees from north, at the sender
        pa.field("rx_azimuth", pa.uint16()),  # the same at the receiver
        pa.field("frequency", pa.uint64()),  # Hz
        pa.field("power", pa.int8()),  # of the sender, dBm
        pa.field("snr", pa.int8()),  # dB in 2500 Hz
        pa.field("drift", pa.int8()),  # Hz per minute
        pa.field("version", pa.string()),  # of the receiver's software; "" where it did not say
        pa.field("code", pa.int8()),  # mode: 1 is WSPR-2
    ]
)
NAMES = tuple(SPOT.names)

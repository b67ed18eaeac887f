"""What a spot is: the columns of wspr.live's table `wspr.rx`, in the order and types of our files."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from terraloom.errors import PayloadError

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
TEXTS = [field.name for field in SPOT if pa.types.is_string(field.type)]

_ENCODED = pa.dictionary(pa.int32(), pa.string())
ENCODED = pa.schema([pa.field(f.name, _ENCODED) if f.name in TEXTS else f for f in SPOT])
"""The same in memory: texts repeat, so that each stands once. Parquet has no such difference."""


def as_spots(batch: pa.RecordBatch) -> pa.RecordBatch:
    """
    A batch of a server's answer as `ENCODED` has it. Servers differ in the width of integers, the unit of
    time (old ones send seconds as an integer) and in whether `version` may be null.

    Raises `PayloadError` that names the column where a value has no place in ours.
    """
    if tuple(batch.schema.names) != NAMES:
        raise PayloadError(f"columns {', '.join(batch.schema.names)}; expected {', '.join(NAMES)}")
    columns = [_column(name, batch.column(name)) for name in NAMES]
    return pa.RecordBatch.from_arrays(columns, schema=ENCODED)


def _column(name: str, values: pa.Array) -> pa.Array:
    wanted = SPOT.field(name).type
    try:
        if name == "version" and values.null_count:
            values = pc.fill_null(values.cast(pa.string()), "")
        if values.null_count:
            raise PayloadError(f"column {name}: {values.null_count} values are null")
        if name in TEXTS:
            return _encoded(values)
        if name == "time" and pa.types.is_integer(values.type):
            values = values.cast(pa.int64()).cast(pa.timestamp("s", tz="UTC"))
        return values.cast(wanted)
    except pa.ArrowException as error:
        raise PayloadError(f"column {name} is {values.type}, expected {wanted}: {error}") from error


def _encoded(values: pa.Array) -> pa.Array:
    found = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(found.indices.cast(pa.int32()), found.dictionary.cast(pa.string()))

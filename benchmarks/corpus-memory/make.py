"""Writes large Parquet files with pyarrow: make.py FOLDER [GIBIBYTES]

groups.parquet: 4 GiB by default, in row groups of 1 GiB, with texts of 4 kB; row.parquet: one text of 200 MB.
"""

import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(sys.argv[1])
gibibytes = float(sys.argv[2]) if len(sys.argv) > 2 else 4.0
folder.mkdir(parents=True, exist_ok=True)

random.seed(1)
words = ["".join(random.choices("etaoinshrdlucmfw", k=random.randint(2, 9))) for _ in range(20000)]
text = " ".join(random.choices(words, k=12_000_000))
schema = pa.schema([pa.field("text", pa.string())])
options = {"compression": "snappy", "use_dictionary": False, "write_statistics": False}

with pq.ParquetWriter(folder / "row.parquet", schema, **options) as out:
    whole = (text * (200_000_000 // len(text) + 1))[:200_000_000]
    out.write_table(pa.table({"text": pa.array([whole], pa.string())}, schema=schema))
    del whole

size = 4000
groups = 0
with pq.ParquetWriter(folder / "groups.parquet", schema, **options) as out:
    # Snappy leaves about nine tenths of such a text.
    count = int(min(gibibytes, 1) * (1190 << 20)) // size
    while (folder / "groups.parquet").stat().st_size < gibibytes * (1 << 30):
        rows = [text[at : at + size] for at in random.choices(range(len(text) - size), k=count)]
        out.write_table(pa.table({"text": pa.array(rows, pa.string())}, schema=schema), row_group_size=len(rows))
        groups += 1
        del rows
        if groups > 6 * max(1, gibibytes):
            sys.exit("the texts are compressed more than expected")

file = pq.ParquetFile(folder / "groups.parquet")
sizes = [file.metadata.row_group(i).column(0).total_compressed_size for i in range(file.metadata.num_row_groups)]
print(f"groups.parquet: {(folder / 'groups.parquet').stat().st_size:,} bytes, row groups of {sizes} bytes")

"""Writes the Parquet files of the tests with pyarrow and DuckDB: python make_parquet_fixtures.py FOLDER

Made with pyarrow 25.0.1 and DuckDB 1.5.6. WriteParquet.java beside this folder writes those of parquet-java from
texts.jsonl, which this script writes as well.
"""

import json
import random
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

folder = Path(sys.argv[1])


def texts():
    random.seed(1)
    words = [format(random.randrange(2000), "x") for _ in range(80)]
    for i in range(40):
        count = random.randrange(1, 30)
        yield f"{i}: " + " ".join(random.choice(words) for _ in range(count)) + ".\n" * (i % 3)
    yield "Größe, naïve, 東京, \U0001f600, Ελλάδα"
    yield ""
    yield "same text"
    yield "same text"
    yield "ab" * 3000
    block = " ".join(words)
    yield block * 60
    yield "the end\r\n"


def write(name, table, **options):
    pq.write_table(table, folder / f"{name}.parquet", row_group_size=17, **options)


all_texts = list(texts())
with open(folder / "texts.jsonl", "w", encoding="utf-8") as out:
    for text in all_texts:
        out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")

count = len(all_texts)
table = pa.table({"id": list(range(count)), "text": all_texts, "url": [f"https://example.org/{i}" for i in range(count)]})
for codec in ["none", "snappy", "gzip", "zstd", "lz4"]:
    write(f"pyarrow-{codec}", table, compression=codec)
write("pyarrow-brotli", table.slice(0, 3), compression="brotli")
write("pyarrow-plain", table, compression="zstd", use_dictionary=False, write_page_checksum=True, data_page_size=500)
write("pyarrow-v2", table, compression="snappy", data_page_version="2.0", use_dictionary=False, data_page_size=500)
write("pyarrow-v2-dictionary", table, compression="lz4", data_page_version="2.0", write_page_checksum=True)
for encoding in ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]:
    name = "pyarrow-" + encoding.lower().replace("_", "-")
    write(name, table, compression="zstd", use_dictionary=False, column_encoding={"text": encoding})
required = pa.schema([pa.field("text", pa.string(), nullable=False)])
write("pyarrow-required", table.select(["text"]).cast(required), compression="zstd")
write("pyarrow-binary", pa.table({"text": [text.encode() for text in all_texts]}), compression="zstd")

rows = [{"content": {"body": text, "length": len(text)}, "tags": ["a", "b"]} for text in all_texts]
write("pyarrow-nested", pa.Table.from_pylist(rows), compression="zstd")
write("pyarrow-dotted", pa.table({"content.body": all_texts}), compression="zstd")
write("nulls", pa.table({"text": ["one", None, None, "four", None]}), compression="zstd")
write("nested-nulls", pa.Table.from_pylist([{"a": {"b": "one"}}, {"a": None}, {"a": {"b": None}}, {"a": {"b": "four"}}]))
write("invalid-utf8", pa.table({"text": [b"good", b"bad \xff", b"good again"]}))
write("numbers", pa.table({"text": [1, 2, 3], "body": ["x", "y", "z"]}))
write("no-rows", pa.table({"text": pa.array([], pa.string())}))


class Plain(pe.KmsClient):
    def __init__(self, config):
        pe.KmsClient.__init__(self)

    def wrap_key(self, key, master):
        return key.hex()

    def unwrap_key(self, key, master):
        return bytes.fromhex(key)


factory = pe.CryptoFactory(lambda config: Plain(config))
for name, plain in [("encrypted", False), ("encrypted-column", True)]:
    settings = pe.EncryptionConfiguration(
        footer_key="footer", column_keys={"column": ["text"]}, plaintext_footer=plain, internal_key_material=True
    )
    properties = factory.file_encryption_properties(pe.KmsConnectionConfig(), settings)
    write(name, table.slice(0, 3).select(["text", "url"]), encryption_properties=properties)

for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw"]:
    duckdb.sql(f"COPY (SELECT * FROM read_json('{folder}/texts.jsonl')) TO '{folder}/duckdb-{codec}.parquet' (FORMAT parquet, COMPRESSION {codec})")
duckdb.sql(
    f"COPY (SELECT * FROM read_json('{folder}/texts.jsonl')) TO '{folder}/duckdb-v2.parquet'"
    " (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2)"
)

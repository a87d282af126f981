"""The identity of a tokenizer.json, by which records name the tokenizer that made them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

LARGEST_FILE = 128 << 20


class TokenizerIdentity(NamedTuple):
    """A tokenizer as records name it.

    file:       the tokenizer.json, for messages
    hash:       SHA-256 of its bytes
    vocabulary: SHA-256 over its ids and merges, as the record header logitstream-vocabulary has it; None for Unigram,
                whose scores have no common form in text: such a tokenizer is recognised by its bytes alone
    size:       highest id + 1
    """

    file: Path
    hash: str
    vocabulary: str | None
    size: int

    def made(self, hash: str, vocabulary: str | None, size: int) -> bool:
        """Whether a record's ids are those of this tokenizer: it was made with these bytes, or the same ids and merges."""
        return size == self.size and (hash == self.hash or vocabulary is not None and vocabulary == self.vocabulary)


def tokenizer_identity(folder_or_file: str | os.PathLike[str]) -> TokenizerIdentity:
    """Reads a tokenizer.json; ValueError where there is none that can be used."""
    file = Path(folder_or_file)
    if file.is_dir():
        file /= "tokenizer.json"
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ValueError(f"{file}: more than {LARGEST_FILE} bytes")
        content = file.read_bytes()
    except OSError as e:
        raise ValueError(f"tokenizer {file} cannot be read: {e.strerror}") from None
    try:
        root = json.loads(content)
        ids = _ids(root)
        vocabulary = _vocabulary(root["model"], ids)
        size = max(ids.values()) + 1
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        raise ValueError(f"{file}: not a tokenizer.json of Hugging Face's tokenizers library") from None
    return TokenizerIdentity(file, hashlib.sha256(content).hexdigest(), vocabulary, size)


def _ids(root: Any) -> dict[str, int]:
    vocabulary = root["model"]["vocab"]
    ids: dict[str, int] = {}
    if isinstance(vocabulary, dict):
        ids.update((token, int(id)) for token, id in vocabulary.items())
    else:
        for id, piece in enumerate(vocabulary):
            ids.setdefault(str(piece[0]), id)
    ids.update((str(token["content"]), int(token["id"])) for token in root.get("added_tokens") or ())
    return ids


def _vocabulary(model: Any, ids: dict[str, int]) -> str | None:
    if isinstance(model["vocab"], list):
        return None
    texts = [model.get("type") or ("BPE" if "merges" in model else "")]
    # Texts of one id in the order of Java's strings, which is that of their UTF-16 units.
    ordered = sorted(ids.items(), key=lambda entry: (entry[1], entry[0].encode("utf-16-be", "surrogatepass")))
    texts += [f"{id} {token}" for token, id in ordered]
    texts += [merge if isinstance(merge, str) else f"{merge[0]} {merge[1]}" for merge in model.get("merges") or ()]
    digest = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "replace")
        # A length before each text keeps neighbouring texts apart.
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()

"""The TorchScript kernels of the Java modules, loaded from their source text as TorchScript.java loads them."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

HOME = Path(__file__).resolve().parents[2]
LAYERS = HOME / "language-model/src/main/resources/io/logitstream/model/layers"
TRANSFER = HOME / "language-model/src/main/resources/io/logitstream/model/libtorch"
LOSS = HOME / "student-consumer/src/main/resources/io/logitstream/student/loss"
SELECTION = HOME / "teacher-stream/src/main/resources/io/logitstream/teacher/selection"

HEADER = re.compile(r"\Aclass Kernels\(Module\):\n(  __?\w+__ = \[\]\n)*  training : bool\n")
# A pickle of protocol 2: object.__new__(__torch__.Kernels) with the state {"training": False}.
MODULE = b"\x80\x02c__torch__\nKernels\n)\x81}(X\x08\x00\x00\x00training\x89ub."


def load(*files: Path) -> Any:
    """One module with the methods of all files."""
    texts = [file.read_text() for file in files]
    source = texts[0] + "".join(HEADER.sub("", text) for text in texts[1:])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as parts:
        parts.writestr("kernels/version", "3\n")
        parts.writestr("kernels/code/__torch__.py", source)
        parts.writestr("kernels/constants.pkl", b"\x80\x02).")
        parts.writestr("kernels/data.pkl", MODULE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.load(io.BytesIO(archive.getvalue()))


# As in TorchScript.java: the optimising executor compiles other code for later calls.
torch._C._set_graph_executor_optimize(False)

layers = load(*(LAYERS / f"{name}.py" for name in ("decoder", "projections", "bfloat16", "documents", "update")))
loss = load(*(LOSS / f"{name}.py" for name in ("losses", "tiles", "head")))
selection = load(SELECTION / "selection.py")
transfer = load(TRANSFER / "transfer.py")

"""Documents of a row that do not see each other, for models of transformers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from logitstream.logits import Record, document_positions


def isolates_documents(model: Any) -> bool:
    """Whether positions that begin anew within a row keep what precedes them from being seen.

    transformers does so since version 4.53 for most models, and not for those with recurrent layers.
    """
    ids_BT = torch.tensor([[0, 1, 2, 3, 2, 1, 0]], device=model.device) % model.config.vocab_size
    positions_BT = torch.tensor([[0, 1, 2, 3, 0, 1, 2]], device=model.device)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        row_BTD, first_BTD, second_BTD = (
            model.base_model(input_ids=ids, position_ids=positions, use_cache=False).last_hidden_state
            for ids, positions in ((ids_BT, positions_BT), (ids_BT[:, :4], None), (ids_BT[:, 4:], None))
        )
    model.train(was_training)
    alone_BTD = torch.cat([first_BTD, second_BTD], 1)
    return bool(torch.allclose(row_BTD, alone_BTD, rtol=1e-3, atol=1e-3 * float(alone_BTD.abs().max())))


def document_positions_of(record: Record, isolated: bool) -> Tensor | None:
    """The position_ids of a model, [rows, length - 1]; None where a row is one text.

    isolated: what `isolates_documents` tells of the model; ValueError where the documents are isolated, but the model
              would read a row as one text
    """
    if record.document_end is None:
        return None
    if not isolated:
        raise ValueError(
            f"the documents of corpus {record.corpus} are isolated, but this model, or this version of transformers, "
            "reads a row as one text; use another model or version, or a topic of joined documents"
        )
    return torch.from_numpy(document_positions(record))

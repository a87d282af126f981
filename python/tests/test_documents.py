"""Documents of a row that do not see each other: positions, models of transformers, the example's student."""

import sys
from pathlib import Path

import numpy as np
import pytest
import topics
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

from logitstream import logits
from logitstream.documents import document_positions_of
from logitstream.losses import DistillationLoss, Targets

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import train_torchrun

SIZES = {
    "vocab_size": 50,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}


def record(rows=3, length=12, end=7):
    made = logits.decode(topics.batch("demo", 0, 0, rows=rows, length=length, document_end=end)[1])
    tokens = made.tokens.copy()
    tokens[0, 3] = tokens[0, 4] = tokens[1, length - 2] = end
    return made._replace(tokens=tokens)


def test_positions_begin_anew_after_the_end_of_a_document():
    made = record()
    expected = []
    for row in made.tokens:
        begin = 0
        for i in range(len(row) - 1):
            expected.append(i - begin)
            if row[i] == made.document_end:
                begin = i + 1

    positions = logits.document_positions(made)

    assert positions.dtype == np.int64 and positions.ravel().tolist() == expected
    assert positions[0, :7].tolist() == [0, 1, 2, 3, 0, 0, 1]
    joined = logits.document_positions(made._replace(document_end=None))
    assert (joined == np.arange(11)).all()


def model(config):
    torch.manual_seed(1)
    return AutoModelForCausalLM.from_config(config).eval()


@pytest.mark.parametrize(
    "config",
    [LlamaConfig(**SIZES), Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=2, max_window_layers=1)],
)
def test_the_examples_student_has_the_loss_of_each_document_alone(config):
    made = record()
    loss = DistillationLoss(kind="kld", alpha=0.5)
    student = train_torchrun.Student(model(config), loss)
    assert student.isolates_documents
    targets = Targets.of(made, loss)
    positions = document_positions_of(made, student.isolates_documents)
    ids = torch.from_numpy(made.tokens[:, :-1]).long()

    parts = student(ids, positions, targets, 0.5)

    hidden = []
    for row, row_positions in zip(ids, positions):
        begins = [i for i, position in enumerate(row_positions.tolist()) if position == 0]
        for begin, end in zip(begins, [*begins[1:], len(row)]):
            hidden.append(student.model.base_model(row[None, begin:end], use_cache=False).last_hidden_state[0])
    alone = loss(torch.cat(hidden)[None], student.model.get_output_embeddings().weight, targets, 0.5)
    assert torch.allclose(parts.loss, alone.loss, atol=1e-5)
    joined = student(ids, None, targets, 0.5)
    assert abs(joined.loss - alone.loss) > 1e-4


def test_a_model_that_reads_a_row_as_one_text_is_refused():
    class Blind(torch.nn.Module):
        def __init__(self, whole):
            super().__init__()
            self.whole, self.config, self.device = whole, whole.config, torch.device("cpu")

        @property
        def base_model(self):
            return lambda input_ids, position_ids, use_cache: self.whole.base_model(input_ids, use_cache=use_cache)

    student = train_torchrun.Student(Blind(model(LlamaConfig(**SIZES))), DistillationLoss())
    assert not student.isolates_documents
    with pytest.raises(ValueError, match="isolated.*one text"):
        document_positions_of(record(), isolated=False)
    assert document_positions_of(record()._replace(document_end=None), isolated=False) is None

"""Makes src/test/resources/isolated: logits and gradients of rows whose documents do not see each other.

For each folder of src/test/resources/families a file with input ids (token 2 ends a document), the logits of every
fourth position that transformers gives in float32 for position_ids that begin anew with each document, from which it makes
a block-diagonal mask; and for one folder of each family that can be trained, the gradients of the sum of all hidden
states after the last norm. The script requires that the logits are those of each document alone. Where a scaling changes
all angles with the length of the context, transformers takes the longest document of the row as the length; there the
logits are those of each document alone. Run in language-model/ with transformers 5.18 and torch 2.13:

    python src/test/python/make_isolated_fixtures.py
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

FAMILIES = pathlib.Path("src/test/resources/families")
OUT = pathlib.Path("src/test/resources/isolated")
END = 2
# Short documents, one of a single token, and one that is longer than a window and a chunk of queries.
LENGTHS = [[3, 1, 20, 136], [60, 70, 30]]
SHORTER_LENGTHS = [[3, 1, 20, 96], [60, 20, 40]]
WITH_GRADIENTS = {"linear-4", "llama3-4", "mistral-window", "qwen2-window", "qwen3-window", "glm-partial-linear-4",
                  "glm4-yarn", "olmo2", "smollm3-window"}
ANGLES_CHANGE_WITH_LENGTH = {"dynamic-4", "phi3-longrope", "phi3-longrope-short-4"}


def is_scaled(config):
    rope = config.get("rope_scaling") or config.get("rope_parameters") or {}
    return rope.get("rope_type", rope.get("type", "default")) != "default"


def alone_logits(model, document):
    # A context of one position makes transformers drop the angles of a longer one that it has seen.
    model(document[None, :1], use_cache=False)
    return model(document[None], use_cache=False).logits[0]


def main():
    OUT.mkdir(exist_ok=True)
    for number, folder in enumerate(sorted(FAMILIES.iterdir())):
        config = json.loads((folder / "config.json").read_text())
        fits = is_scaled(config) or config.get("max_position_embeddings", 2048) >= 160
        lengths = LENGTHS if fits else SHORTER_LENGTHS
        torch.manual_seed(number)
        ids = torch.randint(3, config["vocab_size"], (2, sum(lengths[0])))
        for row, documents in enumerate(lengths):
            ids[row, torch.tensor(documents).cumsum(0) - 1] = END
        ids[:, -1] = 5
        positions = torch.stack([torch.cat([torch.arange(length) for length in documents]) for documents in lengths])
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        with torch.no_grad():
            alone = torch.stack([torch.cat([alone_logits(model, document) for document in ids[row].split(documents)])
                                 for row, documents in enumerate(lengths)])
            logits = model(ids, position_ids=positions, use_cache=False).logits
        difference = float((alone - logits).abs().max())
        if folder.name in ANGLES_CHANGE_WITH_LENGTH:
            logits = alone
        else:
            assert difference < 1e-4, (folder.name, difference)
        expected = {"input_ids": ids, "logits": logits[:, ::4].contiguous()}
        if folder.name in WITH_GRADIENTS:
            model.model(ids, position_ids=positions, use_cache=False).last_hidden_state.sum().backward()
            expected |= {f"gradient.{weight}": parameter.grad for weight, parameter in model.named_parameters()
                         if parameter.grad is not None}
        save_file(expected, OUT / f"{folder.name}.safetensors")
        print(folder.name, float(logits.std()), difference)


main()

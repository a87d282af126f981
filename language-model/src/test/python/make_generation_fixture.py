"""Writes what transformers' greedy generate gives: for the test checkpoints from ids, for a teacher from texts.

    python make_generation_fixture.py CHECKPOINTS_FOLDER TEACHER_FOLDER OUT_FILE
"""
import json
import pathlib
import sys

import safetensors.torch
import torch
import transformers


def generate(model, ids, tokens, eos):
    out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                         max_new_tokens=tokens, eos_token_id=eos, pad_token_id=0)
    return out[0, len(ids):].tolist()


def main(checkpoints, teacher, out):
    expected = {"checkpoints": {}, "teacher": []}
    for name in ("llama", "llama3-rope-tied"):
        folder = pathlib.Path(checkpoints) / name
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        ids = safetensors.torch.load_file(folder / "expected.safetensors")["input_ids"][0, :8].tolist()
        expected["checkpoints"][name] = {"prompt": ids, "tokens": generate(model, ids, 24, None)}
    model = transformers.AutoModelForCausalLM.from_pretrained(teacher, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(teacher)
    for text in ("public static void main(", "/**\n * Returns the ", "import java.util.", "größer als 日本 🙂",
                 "<|endoftext|>/*\n * Licensed"):
        ids = tokenizer.encode(text)
        tokens = generate(model, ids, 40, tokenizer.eos_token_id)
        expected["teacher"].append({"text": text, "prompt": ids, "tokens": tokens, "answer": tokenizer.decode(tokens)})
    pathlib.Path(out).write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

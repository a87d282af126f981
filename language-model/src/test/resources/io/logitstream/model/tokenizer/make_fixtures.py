"""Makes the fixtures beside this file with Hugging Face tokenizers 0.23 (pip install tokenizers)."""
import json
import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = Path(__file__).parent
WORDS = ("public static void return final stream batch of tokens 12 345 6789 { } ( ) ; // == != it's we'll don't "
         "naïve straße año 日本語 кошка ελληνικά 😀 👩‍👩‍👧 \t\t \n \n\n     \r\n _name __init__ \u00a0 ﬁ e\u0301").split(" ")


def texts(seed, count):
    chooser = random.Random(seed)
    glue = ["", " ", " ", " ", "  ", "\n", "\n    ", "\t", "\r\n"]
    return ["".join(chooser.choice(WORDS) + chooser.choice(glue) for _ in range(60)) for _ in range(count)]


EXAMPLES = ["", " ", "a", "\n", "\t\tx\r\n\r\ny   \n  z ", "x" * 700, " " * 300 + "end", "null \u0000 char",
            "a<|endoftext|>b", "<s>struck</s> <unk>", "<tool> <|x|> </tool>", "👩‍👩‍👧 and 😀", "unseen ﷽ 𝔘 \u0301"] + texts(7, 3)


def write(name, tokenizer):
    path = HERE / name
    path.mkdir(exist_ok=True)
    tokenizer.save(str(path / "tokenizer.json"), pretty=False)
    tokenizer.encode_special_tokens = True
    cases = [{"text": t, "ids": tokenizer.encode(t, add_special_tokens=False).ids} for t in EXAMPLES]
    (path / "expected.json").write_text(json.dumps(cases), encoding="utf-8")


def byte_level():
    """As GPT-2's; the special token is part of the model's vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(tokenizer, size, special):
    tokenizer.train_from_iterator(texts(1, 40), trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    return tokenizer


def split_by_regex():
    """As Llama 3's: special tokens only in the list of added tokens, with ordinary added tokens between them."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
            r"|\s+(?!\S)|\s+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 330, [])
    for content, special in [("<|endoftext|>", True), ("<tool>", False), ("<|x|>", True), ("</tool>", False)]:
        tokenizer.add_tokens([AddedToken(content, special=special, normalized=False)])
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=32)
    return tokenizer


def sentence_piece():
    """As Llama 2's: a space before each text, bytes as a fallback, special tokens in the model's vocabulary."""
    trained = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    trained.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trained.train_from_iterator(texts(1, 6), trainers.BpeTrainer(
        vocab_size=380, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)],
        show_progress=False))
    parts = json.loads(trained.to_str())
    parts["added_tokens"] = parts["added_tokens"][:3]
    parts["decoder"] = {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
    return Tokenizer.from_str(json.dumps(parts))


write("byte-level", train(byte_level(), 350, ["<|endoftext|>"]))
tokenizer = split_by_regex()
tokenizer.save(str(HERE / "cutting.json"), pretty=False)
tokenizer.no_truncation()
tokenizer.no_padding()
write("split-by-regex", tokenizer)
(HERE / "cutting.json").replace(HERE / "split-by-regex" / "tokenizer.json")
write("sentence-piece", sentence_piece())

trained = json.loads(train(byte_level(), 420, ["<|endoftext|>"]).to_str())["model"]
(HERE / "trained.json").write_text(json.dumps({
    "texts": texts(1, 40), "vocabularySize": 420, "vocab": trained["vocab"],
    "merges": [" ".join(merge) for merge in trained["merges"]]}), encoding="utf-8")

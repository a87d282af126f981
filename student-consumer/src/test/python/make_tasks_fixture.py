"""Writes multiple-choice items in the layouts of HellaSwag, PIQA and WinoGrande, and what lm-evaluation-harness makes of
them: texts of each request, log-likelihoods and scores. Needs lm-eval (0.4.13 was used), torch and transformers.

    python make_tasks_fixture.py TEACHER_FOLDER OUT_FOLDER
"""
import importlib.util
import json
import pathlib
import sys
import types

if importlib.util.find_spec("sqlitedict") is None:  # only lm-eval's cache, which is not used here, needs it
    sys.modules["sqlitedict"] = types.SimpleNamespace(SqliteDict=dict)

import lm_eval
import lm_eval.tasks
from lm_eval.models.huggingface import HFLM


def hellaswag():
    def item(label, a, b, activity, *endings):
        return {"ind": 0, "activity_label": activity, "ctx_a": a, "ctx_b": b, "ctx": a + " " + b,
                "endings": list(endings), "label": label}

    items = [
        item("1", "A man closes the connection.", "he", "Networking", "opens the socket again.",
             "returns null.", "is thrown.", "sings a song about winter."),
        item("0", "The broker stores the record.", "the consumer", "Kafka", "polls it.", "eats it.", "paints it.",
             "forgets to breathe."),
        item("3", "[header] How to write a test [title] Open the file. [step] Look at it.", "", "Computers",
             "[step] Type the class.", "Close it. [substeps] Then weep.", "throw new IllegalStateException();",
             "[title] Save the file. [step] Run it."),
        item("2", "She   pours  milk into a bowl.", "SHE THEN", "Cooking", "stirs  the  milk.", "drinks\nit all.",
             " adds flour. ", "flies away."),
        item("1", "Zwei Männer stehen vor der Tür.", "élan ÜBER Straße", "Türen", "öffnen sie langsam.",
             "gehen nach Hause.", "日本語で話す。", "🙂🙂 lachen."),
        item("0", "The text ends with a space ", "", "Spaces", "and goes on.", "and ends.", "", "or not."),
        item("2", "Ends with a no-break space\u00a0", "", "Spaces\u00a0", "a", "b\u00a0", "c c", "d d d"),
        item("3", "Special <|endoftext|> inside", "the text", "Tokens", "is <|endoftext|> text.", "is none.", "ends.",
             "goes on <|endoftext|>"),
        item("0", "package org.apache.kafka.common;", "import java.util.", "Java", "List;", "Map;", "Set;", "Tree;"),
        item("1", "/** Returns the value.", "@return", "Java", "the key", "the value", "a banana", "a value of keys"),
        item("2", "public static void main(", "string[]", "Java", "args) {", "x) {", "value) {", "List list {"),
        item("0", "if (closed)", "throw new", "Java", "IllegalStateException(\"closed\");", "Banana();", "int;", "}"),
    ]
    long = " ".join(f"The consumer reads record {i} of partition {i % 4} and commits its offset." for i in range(30))
    items.append(item("3", long, "then it", "Long", "stops.", "goes on for a very long time.", "closes.", "sleeps."))
    items.append(item("1", long[:1200], "", "Long", long[:400], long[5:340], "stops.", long[100:300]))
    verbs = ["returns", "closes", "opens", "throws", "reads", "writes", "sends", "holds"]
    nouns = ["the value", "a topic", "the partition", "an exception", "the buffer", "the key", "its state", "the log"]
    for i in range(16):
        items.append(item(str(i % 4), f"The {nouns[i % 8].split()[-1]} is here.", f"it {verbs[i % 8]}", nouns[i % 7],
                          *[f"{nouns[(i + j) % 8]}." if j % 2 else f"{nouns[(3 * i + j) % 8]} and "
                            f"{verbs[(i + j) % 8]} it." for j in range(4)]))
    return items


def piqa():
    def item(label, goal, one, two):
        return {"goal": goal, "sol1": one, "sol2": two, "label": label}

    items = [
        item(0, "How do I close a file?", "Call close() on it.", "Call the police."),
        item(1, "ends with spaces   ", " begins with a space", "ends with one "),
        item(0, "", "no goal", "no aim"),
        item(1, "Quotes ' and \" and \\ in it", "it's \"fine\" \\n", "it isn't 'fine'"),
        item(0, "Zeile eins\nZeile zwei", "drei\nvier", "fünf"),
        item(1, "Which is longer in bytes?", "abcdefghijkl", "日本語の文章です"),
        item(0, "{{goal}} {% if %}", "{{ sol1 }}", "{# none #}"),
        item(1, "Long", "word " * 75, "word " * 80),
    ]
    goals = ["read a record", "send a batch", "find the leader", "parse an integer", "compare two strings",
             "iterate over a map", "make a new thread", "write a test"]
    ways = ["Use the consumer.", "Use a for loop and add each element to the list.", "Call equals().", "Ask a friend.",
            "Throw an IllegalArgumentException if the value is negative.", "new Thread(runnable).start();",
            "Integer.parseInt(value)", "Sleep."]
    for i in range(24):
        items.append(item(i % 2, f"{goals[i % 8]}, number {i}", ways[i % 8], ways[(i * 3 + 1 + i // 8) % 8]))
    return items


def winogrande():
    def item(answer, sentence, one, two):
        return {"sentence": sentence, "option1": one, "option2": two, "answer": answer}

    items = [
        item("1", "The trophy does not fit into the suitcase because the _ is too large.", "trophy", "suitcase"),
        item("2", "_ was late, so the broker sent the record again.", "The consumer", "The producer"),
        item("1", "The key was null and the value was not, so we printed the _.", "value", "key"),
        item("2", "Two blanks: _ and then _ again.", "one", "two"),
        item("1", "Ann thanked Béatrice because _  had helped her.", "Béatrice", "Ann"),
        item("2", "The list grew_ quickly.", "", " very"),
        item("1", "No space before the end_.", "ing", "ed"),
        item("2", "Trailing option _ with spaces.", "first ", "second  "),
        item("1", "日本 _ 語。", "の", "は"),
    ]
    people = ["the client", "the server", "the leader", "the follower", "the reader", "the writer"]
    why = ["was closed", "had no more memory", "was faster", "threw an exception", "lost the connection"]
    for i in range(21):
        one, two = people[i % 6], people[(i + 1 + i // 6) % 6]
        items.append(item(str(1 + i % 2), f"When {one} met {two} in the log, _ {why[i % 5]} and returned {i}.", one, two))
    return items


def main(teacher, out):
    out = pathlib.Path(out)
    made = {"hellaswag": hellaswag(), "piqa": piqa(), "winogrande": winogrande()}
    for name, items in made.items():
        (out / f"{name}.jsonl").write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items),
                                           encoding="utf-8")
    folder = pathlib.Path(lm_eval.tasks.__file__).parent
    configs = []
    for name, yaml in {"hellaswag": "hellaswag/hellaswag.yaml", "piqa": "piqa/piqa.yaml",
                       "winogrande": "winogrande/default.yaml"}.items():
        from lm_eval.tasks import TaskManager
        local = out / f"{name}.yaml"
        metrics = "" if name == "winogrande" else "".join(
            f"  - metric: {metric}\n    aggregation: mean\n    higher_is_better: true\n"
            for metric in ("acc", "acc_norm", "acc_bytes"))
        local.write_text(f"include: {folder / yaml}\ntask: local_{name}\ndataset_path: json\n"
                         f"dataset_name: null\ndataset_kwargs:\n  data_files:\n    validation: {out / name}.jsonl\n"
                         "training_split: null\n" + (f"metric_list:\n{metrics}" if metrics else ""))
        configs.append(local)
    manager = TaskManager(include_path=str(out), include_defaults=False)
    model = HFLM(pretrained=teacher, dtype="float32", device="cpu", batch_size=8)
    results = lm_eval.simple_evaluate(model=model, tasks=[f"local_{name}" for name in made], task_manager=manager,
                                      log_samples=True, bootstrap_iters=0)
    for local in configs:
        local.unlink()
    expected = {}
    for name in made:
        scores = results["results"][f"local_{name}"]
        samples = sorted(results["samples"][f"local_{name}"], key=lambda sample: sample["doc_id"])
        expected[name] = {
            "acc": scores["acc,none"],
            "acc_norm": scores.get("acc_norm,none"),
            "acc_bytes": scores.get("acc_bytes,none"),
            "items": [{
                "requests": [[sample["arguments"][f"gen_args_{i}"]["arg_0"], sample["arguments"][f"gen_args_{i}"]["arg_1"]]
                             if isinstance(sample["arguments"], dict) else list(sample["arguments"][i])
                             for i in range(len(sample["arguments"]))],
                "loglikelihoods": [float(response[0][0]) for response in sample["resps"]],
                "acc": sample["acc"],
            } for sample in samples],
        }
        print(name, len(samples), {key: value for key, value in expected[name].items() if key != "items"})
    (out / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

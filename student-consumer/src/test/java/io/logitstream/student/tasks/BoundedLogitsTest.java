package io.logitstream.student.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model whose logits have a bound is scored by the bounded ones. */
class BoundedLogitsTest {
    private static final Path GEMMA_2 = Path.of("../language-model/src/test/resources/families/gemma2-4");

    @TempDir
    private Path folder;

    @Test
    void likelihoodsAreThoseOfTheBoundedLogits() throws IOException {
        TaskFile task = new TaskFile(
                "task",
                folder.resolve("task.jsonl"),
                List.of(new MultipleChoiceItem(
                        List.of(new MultipleChoiceItem.Request("w3 w7 w1", " w9 w30")), List.of("w9 w30"), 0)));
        try (LanguageModel model = LanguageModels.load(GEMMA_2, "cpu");
                Tokenizer tokenizer = tokenizer();
                MultipleChoice scorer = new MultipleChoice(model, tokenizer);
                NDManager scope = model.newScope()) {
            NDArray logProbs_TV = model.logits(scope.create(new int[] {3, 7, 1, 9}, new Shape(1, 4)))
                    .logSoftmax(-1)
                    .get(0);

            assertThat(scorer.logLikelihoods(task, scored -> {}).get(0)[0])
                    .isCloseTo(logProbs_TV.getFloat(2, 9) + logProbs_TV.getFloat(3, 30), within(1e-5));
        }
    }

    private Tokenizer tokenizer() throws IOException {
        String vocabulary =
                IntStream.range(0, 32).mapToObj(i -> "\"w" + i + "\":" + i).collect(Collectors.joining(","));
        Files.writeString(folder.resolve("tokenizer.json"), """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
         "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
         "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "w0"}}
        """.formatted(vocabulary));
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"eos_token\": \"w0\"}");
        return Tokenizer.load(folder);
    }
}

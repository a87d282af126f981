package io.logitstream.student.checkpoint;

import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tokenizers of words w0, w1, ... for the tests. */
public final class TinyTokenizer {
    private TinyTokenizer() {}

    /** Writes a tokenizer.json into a folder and loads it. */
    public static Tokenizer create(Path folder, int vocabularySize) throws IOException {
        String vocabulary = IntStream.range(0, vocabularySize)
                .mapToObj(i -> "\"w" + i + "\":" + i)
                .collect(Collectors.joining(","));
        Files.createDirectories(folder);
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

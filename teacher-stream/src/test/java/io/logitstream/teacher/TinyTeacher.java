package io.logitstream.teacher;

import ai.djl.ndarray.types.DataType;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.teacher.model.StreamTeacher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A Hugging Face folder of a random teacher with a tokenizer of words, smaller than the model's padded vocabulary. */
public final class TinyTeacher {
    public static final int VOCABULARY = 50;
    public static final int PADDED = 64;

    private TinyTeacher() {}

    /** Writes the folder. */
    public static Path write(Path folder, int tokens) throws IOException {
        return write(folder, tokens, 5);
    }

    /** Writes the folder with weights of a seed. */
    public static Path write(Path folder, int tokens, long seed) throws IOException {
        Torch.start(1);
        ModelConfig config =
                new ModelConfig(PADDED, 16, 24, 1, 2, 1, 8, 32, 1e-6, RopeConfig.plain(10000), false, false, false, 0);
        try (LanguageModel model = LanguageModels.create(config, seed, "cpu")) {
            LanguageModels.save(model, folder, DataType.FLOAT32);
        }
        String vocabulary =
                IntStream.range(0, tokens).mapToObj(i -> "\"w" + i + "\":" + i).collect(Collectors.joining(","));
        Files.writeString(folder.resolve("tokenizer.json"), """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
         "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
         "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "w0"}}
        """.formatted(vocabulary));
        return folder;
    }

    public static TokenBatch batch(StreamTeacher teacher, int rows, int length, int number) {
        int[] tokens =
                new Random(number).ints((long) rows * length, 0, VOCABULARY).toArray();
        return new TokenBatch(
                "demo",
                2,
                number,
                rows,
                length,
                TokenBatches.bytes(tokens),
                teacher.tokenizerHash(),
                VOCABULARY,
                null,
                null);
    }
}

package io.logitstream.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.Log;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conflicts between tie_word_embeddings and the weights. */
class TiedEmbeddingsTest {
    private static final String HEAD = "lm_head.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";

    @TempDir
    private Path folder;

    @Test
    void aHeadOfItsOwnIsUsedAndWarnedOfOnce() throws IOException {
        write(true, HEAD, 2);

        String log = Log.of(() -> {
            try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
                assertThat(model.config().tiedEmbeddings()).isFalse();
                assertThat(model.outputWeight().toFloatArray())
                        .isEqualTo(model.weights().get(EMBEDDING).mul(2).toFloatArray());
            }
        });

        assertThat(log.lines()).hasSize(1);
        assertThat(log).contains(folder.toString(), HEAD + " differs from " + EMBEDDING, "tie_word_embeddings");
        assertThat(Log.of(() -> LanguageModels.load(folder, "cpu").close())).isEmpty();
    }

    @Test
    void aCopyOfTheEmbeddingIsTheEmbedding() throws IOException {
        write(true, HEAD, 1);

        String log = Log.of(() -> {
            try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
                assertThat(model.config().tiedEmbeddings()).isTrue();
                assertThat(model.weights()).doesNotContainKey(HEAD);
            }
        });

        assertThat(log).isEmpty();
    }

    @Test
    void aHeadOfAnotherShapeIsRefused() throws IOException {
        write(true, null, 1, Map.of(HEAD, new Shape(7, 16)));

        assertThatThrownBy(() -> LanguageModels.load(folder, "cpu"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(HEAD, "(7, 16)", "(20, 16)")
                .hasMessageNotContaining("\n");
    }

    @Test
    void anUntiedModelWithoutAHeadIsRefusedWithTheKeyThatWouldTieIt() throws IOException {
        write(false, null, 1);

        assertThatThrownBy(() -> LanguageModels.load(folder, "cpu"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.toString(), HEAD, "set tie_word_embeddings to true")
                .hasMessageNotContaining("\n");
    }

    private void write(boolean tied, String copy, double factor) throws IOException {
        write(tied, copy, factor, Map.of());
    }

    // A tied model; its file holds an output head or not, and its configuration may contradict that.
    private void write(boolean tied, String copy, double factor, Map<String, Shape> more) throws IOException {
        ModelConfig config =
                new ModelConfig(20, 16, 24, 1, 2, 1, 8, 32, 1e-6, RopeConfig.plain(10000), true, false, false, 0);
        try (LanguageModel model = LanguageModels.create(config, 1, "cpu")) {
            LanguageModels.save(model, folder, DataType.FLOAT32);
            Map<String, NDArray> weights = new LinkedHashMap<>(model.weights());
            if (copy != null) {
                weights.put(copy, weights.get(EMBEDDING).mul(factor));
            }
            more.forEach((name, shape) ->
                    weights.put(name, weights.get(EMBEDDING).getManager().zeros(shape)));
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), weights, DataType.FLOAT32);
        }
        Path json = folder.resolve("config.json");
        Files.writeString(json, Files.readString(json).replaceAll("(\"tie_word_embeddings\" : )\\w+", "$1" + tied));
    }
}

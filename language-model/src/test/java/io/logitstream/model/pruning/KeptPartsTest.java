package io.logitstream.model.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which parts are kept, and which sizes are refused. */
class KeptPartsTest {
    private static final Path RESOURCES = Path.of("src/test/resources");
    // 2 layers, feed-forward 96, 6 heads in 2 groups, hidden size 48.
    private static final ModelConfig LLAMA = LanguageModels.config(RESOURCES.resolve("checkpoints/llama"));

    private static KeptParts kept(DepthCriterion depth, int layers, double... ofLayers) {
        double[] channels = new double[48];
        channels[7] = 1;
        channels[40] = 2;
        double[][] neurons = new double[5][96];
        double[][] groups = new double[5][2];
        neurons[1][95] = 3;
        groups[1][1] = 1;
        ModelConfig source = withLayers(5);
        return KeptParts.of(
                new Importance(ofLayers, neurons, groups, channels), depth, source, new PrunedSizes(layers, 2, 1, 3));
    }

    private static ModelConfig withLayers(int layers) {
        return new ModelConfig(
                "llama", 211, 48, 96, layers, 6, 2, 8, 64, 1e-6, LLAMA.rope(), false, LLAMA.biases(), List.of(), 0);
    }

    @Test
    void theMostImportantPartsAreKeptInTheirOrderAndTiesByIndex() {
        KeptParts kept = kept(DepthCriterion.COSINE, 3, 0.1, 0.9, 0.5, 0.5, 0.5);

        assertThat(kept.layers()).containsExactly(1, 2, 3);
        assertThat(kept.channels()).containsExactly(0, 7, 40);
        assertThat(kept.neurons()).containsExactly(List.of(0, 95), List.of(0, 1), List.of(0, 1));
        assertThat(kept.groups()).containsExactly(List.of(1), List.of(0), List.of(0));
    }

    @Test
    void theLeastImportantBlockGoesAndOfEqualOnesTheLast() {
        assertThat(kept(DepthCriterion.BLOCK, 3, 0.5, 0.2, 0.2, 0.4).layers()).containsExactly(0, 1, 4);
        assertThat(kept(DepthCriterion.BLOCK, 5, 0.5, 0.2, 0.2, 0.4, 0.1).layers())
                .containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void sizesLeftOutAreThoseOfTheModel() {
        PrunedSizes all = PrunedSizes.of(LLAMA, null, null, null, null, null);

        assertThat(all).isEqualTo(new PrunedSizes(2, 96, 2, 48));
        assertThat(all.sameAs(LLAMA)).isTrue();
        assertThat(PrunedSizes.of(LLAMA, 1, 50, 3, 1, 24)).isEqualTo(new PrunedSizes(1, 50, 1, 24));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "0|-|-|-|-|prune.layers 0 is not positive",
                "3|-|-|-|-|prune.layers 3 is more than the 2 of the model to prune",
                "-|97|-|-|-|prune.feedForward 97 is more than the 96 of the model to prune",
                "-|-|7|-|-|prune.heads 7 is more than the 6 of the model to prune",
                "-|-|4|-|-|prune.heads 4 is not a multiple of 3: a key-value head of this model serves 3 heads",
                "-|-|3|2|-|prune.heads 3 and prune.keyValueHeads 2 do not fit",
                "-|-|-|3|-|prune.keyValueHeads 3 is more than the 2 of the model to prune",
                "-|-|-|-|49|prune.hidden 49 is more than the 48 of the model to prune",
                "-|-|-|-|-5|prune.hidden -5 is not positive",
                "-|-|-|-|47|hidden size 47 is not a multiple of 6 heads, as transformers requires of llama",
            })
    void sizesThatDoNotFitAreRefused(
            Integer layers, Integer feedForward, Integer heads, Integer groups, Integer hidden, String message) {
        assertThatThrownBy(() -> PrunedSizes.of(LLAMA, layers, feedForward, heads, groups, hidden))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"phi3", "gemma-4", "gemma2-4", "gemma3", "granite", "olmo2", "smollm3"})
    void otherFamiliesAreRefusedByName(String name) {
        ModelConfig config = LanguageModels.config(RESOURCES.resolve("families").resolve(name));

        assertThatThrownBy(() -> PrunedSizes.of(config, 1, null, null, null, null))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("a model of the family " + config.family() + " cannot be pruned; supported are"
                        + " llama, mistral, qwen2, qwen3, glm, glm4");
    }
}

package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.schemas.logits.SparseLogits;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void aServedTeachersLogitsHaveNoEntropyToRouteBy() {
        SparseLogits served = new SparseLogits();
        served.resizeWithoutStatistics(1, 2);

        assertThat(by("entropy").mismatch(served))
                .isEqualTo("its logits have no statistics over the vocabulary (served teacher): loss.routing.by cannot"
                        + " be entropy; use top-probability or tail-mass");
        assertThat(by("top-probability").mismatch(served)).isNull();
        assertThat(by("tail-mass").mismatch(served)).isNull();
    }

    @Test
    void aSampleHasNoTailToRouteBy() {
        SparseLogits sample = new SparseLogits();
        sample.resize(1, 2, 50);

        assertThat(by("tail-mass").mismatch(sample)).startsWith("its support is a sample, which has no tail");
        assertThat(by("entropy").mismatch(sample)).isNull();
    }

    @Test
    void settingsOfEarlierVersionsHaveNoRouting() {
        JsonNode written = JSON.valueToTree(LossConfig.defaults());

        assertThat(written.has("routing")).isFalse();
        assertThat(JSON.convertValue(written, LossConfig.class)).isEqualTo(LossConfig.defaults());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"entropy", "tail-mass", "top-probability", "text-log-probability", "support-size", "position"})
    void aRoutingIsReadAsItIsWritten(String name) {
        LossConfig loss = Losses.of("routing", Map.of("by", name, "above", 0.5, "belowQuantile", 0.9));

        JsonNode written = JSON.valueToTree(loss);

        assertThat(written.at("/routing").toString())
                .isEqualTo("{\"by\":\"" + name + "\",\"above\":0.5,\"belowQuantile\":0.9}");
        assertThat(JSON.convertValue(written, LossConfig.class)).isEqualTo(loss);
    }

    @Test
    void theTextAloneHasNoRouting() {
        assertThat(by("entropy").withAlpha(0).routing()).isNull();
        assertThat(by("entropy").withKind(LossConfig.Kind.JSD).routing())
                .isEqualTo(by("entropy").routing());
    }

    private static LossConfig by(String value) {
        return Losses.of("temperature", 1, "routing", Map.of("by", value, "above", 0.1));
    }
}

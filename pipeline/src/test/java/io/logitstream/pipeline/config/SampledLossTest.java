package io.logitstream.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.logits.SparseLogits;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampledLossTest {
    @Test
    void studentsOfSamplesAreNotTemperedByDefault() {
        SparseLogits sample = new SparseLogits();
        sample.resize(0, 0, 50);
        for (String loss : List.of("{}", "null", "{tail: none}", "{tail: counts, kind: nll}")) {
            LogitstreamConfig config = resolve("selection.method=sampled", "loss=" + loss);

            assertThat(config.loss().temperature()).as(loss).isEqualTo(1);
            assertThat(config.student("pd").loss().mismatch(sample)).as(loss).isNull();
        }
        assertThat(resolve("selection.method=sampled").loss().temperature()).isEqualTo(1);
    }

    @Test
    void aTemperatureThatIsGivenStays() {
        LogitstreamConfig config = resolve(
                "selection.method=sampled", "students={a: {}, b: {loss: {temperature: 3}}}", "loss.temperature=2");

        assertThat(config.student("a").loss().temperature()).isEqualTo(2);
        assertThat(config.student("b").loss().temperature()).isEqualTo(3);
    }

    @Test
    void namedStudentsHaveTheDefaultOfTheirTail() {
        LogitstreamConfig config = resolve(
                "students={plain: {}, tail: {loss: {tail: none}}, adaptive: {loss: {adaptiveTemperature: normkd}}}");

        assertThat(config.student("plain").loss().temperature()).isEqualTo(2);
        assertThat(config.student("tail").loss().temperature()).isEqualTo(1);
        assertThat(config.student("adaptive").loss().temperature()).isEqualTo(1);
    }

    private static LogitstreamConfig resolve(String... settings) {
        return new ConfigurationPrecedence().set(List.of(settings)).resolve();
    }
}

package io.logitstream.pipeline.stages;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.SettingValues;
import org.junit.jupiter.api.Test;

class ServedLossTest {
    @Test
    void aLossThatNeedsStatisticsIsRefusedBeforeAServedTeacherTeaches() {
        LogitstreamConfig config = config("adakd-entropy");

        assertThatThrownBy(() -> PreflightChecks.requireLossFits(config, "pd", config.loss()))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("student pd", "teach.server", "statistics", "loss.adaptiveTemperature")
                .hasMessageNotContaining("\n");
        LogitstreamConfig plain = config("none");
        assertThatCode(() -> PreflightChecks.requireLossFits(plain, "pd", plain.loss()))
                .doesNotThrowAnyException();
    }

    private static LogitstreamConfig config(String adaptiveTemperature) {
        return new ConfigurationPrecedence()
                .flags(new SettingValues()
                        .with("corpus.source", "texts")
                        .with("teacher", "model")
                        .with("teach.server.api", "vllm")
                        .with("teach.server.url", "http://127.0.0.1:1")
                        .with("loss.adaptiveTemperature", adaptiveTemperature))
                .resolve();
    }
}

package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class EffectiveSettingsTest {
    @Test
    void theBaselineKnowsNoTemperature() throws JsonProcessingException {
        assertThat(of("{training: {seed: 1}, loss: {alpha: 0.0, temperature: 1.0, kind: kld}}"))
                .isEqualTo(of("{training: {seed: 1}, loss: {alpha: 0.0, temperature: 2.0, kind: mse}}"))
                .isNotEqualTo(of("{training: {seed: 2}, loss: {alpha: 0.0, temperature: 1.0}}"))
                .isNotEqualTo(of("{training: {seed: 1}, loss: {alpha: 0.0, scheduleOf: lm}}"));
    }

    @Test
    void aDistilledStudentKnowsAll() throws JsonProcessingException {
        assertThat(of("{loss: {alpha: 0.9, temperature: 1.0}}"))
                .isNotEqualTo(of("{loss: {alpha: 0.9, temperature: 2.0}}"));
        assertThat(of("{loss: {}}")).isEqualTo(of("{loss: {}}"));
    }

    private static JsonNode of(String settings) throws JsonProcessingException {
        return EffectiveSettings.of(new ObjectMapper().readTree(settings.replaceAll("(\\w*[a-zA-Z]\\w*)", "\"$1\"")));
    }
}

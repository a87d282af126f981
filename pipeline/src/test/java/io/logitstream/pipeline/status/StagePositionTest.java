package io.logitstream.pipeline.status;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StagePositionTest {
    @Test
    void aGroupsNameCannotSteerTheTerminal() {
        String line = StagePosition.of(
                        "train", "logitstream-train-\u001b[2J\n" + "x".repeat(10_000), 1, null, null, null)
                .line();

        assertThat(line)
                .contains("logitstream-train-\\u001b[2J\\nxxx", "(10,023 characters)")
                .hasSizeLessThan(500)
                .doesNotContain("\u001b", "\n");
    }
}

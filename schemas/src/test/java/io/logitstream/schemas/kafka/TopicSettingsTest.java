package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import org.junit.jupiter.api.Test;

class TopicSettingsTest {

    @Test
    void absentValuesBecomeDefaults() {
        assertThat(TopicSettings.named("tokens")).isEqualTo(new TopicSettings("tokens", 4, null, 16 << 20, -1L));
    }

    @Test
    void impossibleValuesAreNamed() {
        assertThatThrownBy(() -> TopicSettings.named("a/b"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("a/b");
        assertThatThrownBy(() -> TopicSettings.named("..")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> TopicSettings.named(null)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> new TopicSettings("t", 0, null, null, null)).hasMessageContaining("partitions is 0");
        assertThatThrownBy(() -> new TopicSettings("t", null, (short) 0, null, null))
                .hasMessageContaining("replicationFactor is 0");
        assertThatThrownBy(() -> new TopicSettings("t", null, null, 0, null))
                .hasMessageContaining("maxRecordBytes is 0");
        assertThatThrownBy(() -> new TopicSettings("t", null, null, null, -2L))
                .hasMessageContaining("retentionMs is -2");
        assertThatThrownBy(() -> new TopicSettings("t", null, (short) 2, null, null, 3, null))
                .hasMessageContaining("minInsyncReplicas is 3, but must be at most replicationFactor, 2");
        assertThatThrownBy(() -> new TopicSettings("t", null, null, null, null, null, "zip"))
                .hasMessageContaining("compression is zip");
    }
}

package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordAddressTest {
    @Test
    void topicPartitionOffsetAndKeyAreNamed() {
        assertThat(RecordAddress.of(new ConsumerRecord<>("logits", 3, 1042, "demo/00003/0000042", null)))
                .hasToString("logits-3@1042 (demo/00003/0000042)");
        byte[] key = "demo/end".getBytes(StandardCharsets.UTF_8);
        assertThat(RecordAddress.of(new ConsumerRecord<>("logits", 3, 7, key, null)))
                .hasToString("logits-3@7 (demo/end)");
        assertThat(RecordAddress.of("logits", 3, 7)).hasToString("logits-3@7");
    }

    @Test
    void aKeyThatIsMissingOrHostileIsShownOnOneShortLine() {
        assertThat(RecordAddress.of(new ConsumerRecord<>("logits", 0, 1, (String) null, null)))
                .hasToString("logits-0@1 (no key)");
        assertThat(RecordAddress.of(new ConsumerRecord<>("logits", 0, 1, "a\n\u001b[2J", null)))
                .hasToString("logits-0@1 (a\\n\\u001b[2J)");
        assertThat(RecordAddress.of(new ConsumerRecord<>("logits", 0, 1, new byte[1 << 20], null))
                        .toString())
                .hasSizeLessThan(2000);
    }
}

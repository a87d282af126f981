package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicIdentityTest {
    private final TopicIdentity before = new TopicIdentity("tokens", "A1", 4);

    @Test
    void aTopicThatIsStillTheSameHasNoChange() {
        assertThat(new TopicIdentity("tokens", "A1", 4).changeSince(before)).isEmpty();
    }

    @Test
    void aTopicMadeAgainIsToldByItsId() {
        assertThat(new TopicIdentity("tokens", "B2", 6).changeSince(before))
                .contains("topic tokens was deleted and recreated, or belongs to another cluster (id B2, was A1)");
    }

    @Test
    void addedPartitionsAreTold() {
        assertThat(new TopicIdentity("tokens", "A1", 6).changeSince(before))
                .contains("topic tokens has 6 partitions, had 4");
    }

    @Test
    void anIdThatIsNotKnownIsNotCompared() {
        TopicIdentity unknown = new TopicIdentity("tokens", null, 4);

        assertThat(unknown.changeSince(before)).isEmpty();
        assertThat(before.changeSince(unknown)).isEmpty();
    }
}

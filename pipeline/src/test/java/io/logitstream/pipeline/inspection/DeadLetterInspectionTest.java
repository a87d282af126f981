package io.logitstream.pipeline.inspection;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.teacher.deadletters.DeadLetter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeadLetterInspectionTest {
    @Test
    void causesAreCountedAndTheirRecordsNamed() {
        DeadLetterInspection inspection = DeadLetterInspection.of(
                "logits-dead-letters",
                List.of(
                        letter(
                                0,
                                3,
                                "demo/00000/0000003",
                                "batch demo/00000/0000003 was made with tokenizer abc of vocabulary 12"),
                        letter(1, 4, null, "the record has no key; that of its batch is demo/00000/0000004"),
                        letter(
                                1,
                                2,
                                "demo/00000/0000005",
                                "batch demo/00000/0000005 was made with tokenizer abc of vocabulary 13"),
                        letter(0, 9, "x", "the key 'x' does not name the batch in the record, demo/00000/0000006"),
                        letter(0, 1, "y", "the key 'y' does not name the batch in the record, demo/00000/0000007"),
                        letter(0, 2, "z", "the key 'z' does not name the batch in the record, demo/00000/0000008")));

        assertThat(inspection.letters()).isEqualTo(6);
        assertThat(inspection.causes())
                .extracting(DeadLetterInspection.Cause::letters)
                .containsExactly(3L, 2L, 1L);
        assertThat(inspection.causes().get(0).records())
                .extracting(DeadLetterInspection.Address::offset)
                .containsExactly(1L, 2L, 9L);
        assertThat(inspection.text())
                .contains(
                        "records      6",
                        "2 x batch demo/00000/0000003 was made with tokenizer abc",
                        "tokens-1@2 (demo/00000/0000005)",
                        "tokens-1@4 (no key)");
    }

    @Test
    void aFloodIsCountedAndNotPrinted() {
        List<DeadLetter> letters = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            letters.add(letter(0, i, "k", "the record has no value"));
        }

        String text = DeadLetterInspection.of("logits-dead-letters", letters).text();

        assertThat(text)
                .contains("1,000 x the record has no value", "and 980 more; --json shows them")
                .hasLineCount(25);
    }

    // Older versions wrote the address in words.
    private static DeadLetter letter(int partition, long offset, String key, String cause) {
        return new DeadLetter(
                "tokens",
                partition,
                offset,
                null,
                key,
                (offset % 2 == 0
                                ? "tokens-" + partition + "@" + offset
                                : "topic tokens, partition " + partition + ", offset " + offset)
                        + ": " + cause,
                true);
    }
}

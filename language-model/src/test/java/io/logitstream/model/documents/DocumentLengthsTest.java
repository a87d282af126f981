package io.logitstream.model.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DocumentLengthsTest {
    private static final int END = 9;

    @Test
    void aDocumentEndsWithItsEndTokenAndARowBeginsAnew() {
        int[] tokens = {1, END, 2, 3, END, 4, /* row 2 */ END, END, 5, 6, 7, 8};

        DocumentLengths documents = DocumentLengths.of(tokens, 2, END);

        assertThat(documents.ofRow(0)).containsExactly(2, 3);
        assertThat(documents.ofRow(1)).containsExactly(1, 1, 3);
        assertThat(documents.isSplit()).isTrue();
        assertThat(documents.positionIds()).containsExactly(0, 1, 0, 1, 2, 0, 0, 0, 1, 2);
    }

    @Test
    void anEndThatIsOnlyPredictedBeginsNoDocument() {
        assertThat(DocumentLengths.of(new int[] {1, 2, 3, END}, 1, END).isSplit())
                .isFalse();
        assertThat(DocumentLengths.of(new int[] {1, 2, END, 3}, 1, END).isSplit())
                .as("the end is the row's last position")
                .isFalse();
    }

    @Test
    void joinedRowsAreOneDocumentEach() {
        DocumentLengths documents = DocumentLengths.of(new int[] {1, END, 2, 3, END, 4}, 2, null);

        assertThat(documents.isSplit()).isFalse();
        assertThat(documents.all()).containsExactly(2, 2);
    }

    /** Whatever the documents are: groups cover all positions in order, and their masks are block-diagonal. */
    @Test
    void groupsCoverAllPositionsAndMasksAreThoseOfTheDocuments() {
        Random random = new Random(3);
        for (int round = 0; round < 300; round++) {
            int rows = 1 + random.nextInt(4);
            int positions = 1 + random.nextInt(random.nextBoolean() ? 20 : 400);
            int mean = 1 + random.nextInt(60);
            int[] tokens = random.ints((long) rows * (positions + 1), 0, mean)
                    .map(id -> id == 0 ? END : 1)
                    .toArray();
            DocumentLengths documents = DocumentLengths.of(tokens, rows, END);
            long[] ids = documents.positionIds();
            int window = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(30);

            int at = 0;
            for (DocumentGroup group : DocumentGroup.of(documents)) {
                float[] mask = group.isMasked() ? group.mask(window) : null;
                for (int span = 0; span < group.rows(); span++) {
                    for (int i = 0; i < group.length(); i++, at++) {
                        int first = (int) Math.max(0, i - ids[at]);
                        if (mask == null) {
                            assertThat(ids[at]).isEqualTo(i);
                            continue;
                        }
                        for (int j = 0; j < group.length(); j++) {
                            boolean seen = j >= first && j <= i && (window == 0 || i - j < window);
                            assertThat(mask[(span * group.length() + i) * group.length() + j])
                                    .isEqualTo(seen ? 0 : Float.NEGATIVE_INFINITY);
                        }
                    }
                }
                assertThat(group.isMasked() && group.length() > DocumentGroup.MOST_MASKED)
                        .isFalse();
            }

            assertThat(at).isEqualTo(rows * positions);
        }
    }

    /** Calls of attention: their number is bounded by the positions, not by the documents. */
    @Test
    void shortDocumentsShareACall() {
        int[] tokens = new int[8 * 2049];
        Arrays.fill(tokens, END);

        assertThat(DocumentGroup.of(DocumentLengths.of(tokens, 8, END))).hasSizeLessThanOrEqualTo(8);
        assertThat(DocumentGroup.of(DocumentLengths.of(new int[8 * 2049], 8, END)))
                .as("whole rows")
                .hasSize(1);
    }
}

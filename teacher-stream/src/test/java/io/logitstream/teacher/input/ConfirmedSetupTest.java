package io.logitstream.teacher.input;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import org.junit.jupiter.api.Test;

class ConfirmedSetupTest {

    @Test
    void documentsThatAreReadInAnotherWayThanAskedForStopTheStream() {
        assertThatThrownBy(() -> new ConfirmedSetup(Documents.ISOLATED).requireDocuments("tokens-1@5", batch(null)))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("tokens-1@5: ")
                .hasMessageContainingAll("c/00000/0000001", "are joined", "corpus.documents is isolated");
        assertThatThrownBy(() -> new ConfirmedSetup(Documents.JOINED).requireDocuments("tokens-1@5", batch(7)))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("are isolated (token 7 ends them)", "corpus.documents is joined");
    }

    @Test
    void theRecordsDecideWhereNothingIsAskedFor() {
        ConfirmedSetup setup = new ConfirmedSetup();

        assertThatCode(() -> {
                    setup.requireDocuments("tokens-1@5", batch(null));
                    setup.requireDocuments("tokens-1@6", batch(7));
                })
                .doesNotThrowAnyException();
    }

    private static TokenBatch batch(Integer documentEnd) {
        return new TokenBatch(
                "c", 0, 1, 1, 2, TokenBatches.bytes(new int[] {1, 2}), "0".repeat(64), 8, null, documentEnd);
    }
}

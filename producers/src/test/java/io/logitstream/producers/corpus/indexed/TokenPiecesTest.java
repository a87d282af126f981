package io.logitstream.producers.corpus.indexed;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.text.TextPiece;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Documents of token ids in pieces of bounded size. */
class TokenPiecesTest {
    private static final int LIMIT = 100;

    /** A document that is filled up with special tokens has no text to cut. */
    @Test
    void tokensWithoutATextAreGivenInPiecesAndCountAsText() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("..", "teachers", "java-4m"))) {
            int special = tokenizer.endOfText();
            int count = 10_000;
            int[] left = {count};
            TokenPieces pieces = new TokenPieces(tokenizer, LIMIT, () -> left[0]-- > 0 ? special : -1);
            int tokens = 0;
            int bytes = 0;
            TextPiece last = null;
            for (TextPiece piece = pieces.next(); piece != null; piece = pieces.next()) {
                assertThat(piece.ids()).hasSizeLessThan(4 * LIMIT).containsOnly(special);
                tokens += piece.ids().length;
                bytes += piece.bytes();
                last = piece;
            }
            assertThat(tokens).isEqualTo(count);
            assertThat(bytes).isGreaterThan(count / 10);
            assertThat(last.endOfDocument()).isTrue();
        }
    }
}

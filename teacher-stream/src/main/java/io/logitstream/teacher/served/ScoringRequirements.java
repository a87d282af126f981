package io.logitstream.teacher.served;

/**
 * Requirements on the answers of a server.
 *
 * @param topLogprobs log-probabilities at each position, K
 * @param vocabularySize ids of the tokenizer. An entry with a higher id is left out of the support, because no text has
 *     it; its probability then belongs to the tail
 * @param modelVocabularySize rows of the model's output head, at least {@code vocabularySize}; many models pad their
 *     vocabulary. An answer with a higher id is an error
 */
public record ScoringRequirements(int topLogprobs, int vocabularySize, int modelVocabularySize) {
    /** Checks the order of the sizes. */
    public ScoringRequirements {
        if (topLogprobs < 1 || vocabularySize < 1 || modelVocabularySize < vocabularySize) {
            throw new IllegalArgumentException(
                    topLogprobs + " of " + vocabularySize + " of " + modelVocabularySize + " ids");
        }
    }

    /** Entries of a position that has all its entries: K, or the whole vocabulary if that is smaller. */
    public int entries() {
        return Math.min(topLogprobs, modelVocabularySize);
    }
}

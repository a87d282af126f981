package io.logitstream.teacher.model;

import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.TokenBatch;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The tokenizer of a teacher, and the tokenizer files that are known to have the same ids. Thread-safe. */
final class AcceptedTokenizers {
    /** Bound of the files that are remembered; a topic seldom has records of more than two. */
    private static final int MOST_FILES = 1000;

    private final TokenizerIdentity own;
    private final Set<String> sameIds = ConcurrentHashMap.newKeySet();

    AcceptedTokenizers(TokenizerIdentity own) {
        this.own = own;
    }

    TokenizerIdentity own() {
        return own;
    }

    /** Takes note of the tokenizer of a record, as {@link StreamTeacher#learnTokenizer} says. */
    void learn(String hash, String ids) {
        if (own.vocabulary().equals(ids) && sameIds.size() < MOST_FILES) {
            sameIds.add(hash);
        }
    }

    /** Whether a batch was encoded with one of them. */
    boolean made(TokenBatch batch) {
        return batch.getVocabularySize() == own.size()
                && (batch.getTokenizerHash().equals(own.hash()) || sameIds.contains(batch.getTokenizerHash()));
    }
}

package io.logitstream.teacher.served.vllm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.JsonReader;
import io.logitstream.teacher.served.wire.PositionCheck;
import io.logitstream.teacher.served.wire.RowScores;
import java.io.IOException;

/**
 * Reads {@code prompt_logprobs}: for each token but the first an object of K or K + 1 entries, whose names are token ids.
 * The text's own token is always one of them; it is the one above K if it is less likely than K others.
 */
final class VllmPositions {
    private static final byte[] LOGPROB = "logprob".getBytes(US_ASCII);
    private static final byte[] RANK = "rank".getBytes(US_ASCII);

    private final int entries;
    private final PositionCheck check;
    private final int[] ids;
    private final float[] logProbs;
    /** Rank of the entry that was read last; 0 if it was not told. */
    private int rank;

    VllmPositions(ScoringRequirements requirements) {
        entries = requirements.entries();
        check = new PositionCheck(requirements);
        ids = new int[entries + 1];
        logProbs = new float[entries + 1];
    }

    /** Reads the array. */
    void read(JsonReader json, int[] prompt, RowScores into) throws IOException, AnswerException {
        into.start(prompt.length - 1, entries);
        if (json.tryNull()) {
            throw new AnswerException("has no prompt_logprobs; does a proxy leave them out?");
        }
        json.beginArray();
        boolean first = true;
        while (json.nextElement()) {
            if (json.tryNull()) {
                if (!first) {
                    throw new AnswerException("has no log-probabilities at position " + into.added());
                }
            } else if (into.added() == into.positions()) {
                throw new AnswerException(
                        "has log-probabilities of more than the " + into.positions() + " positions of its prompt");
            } else {
                position(json, prompt[into.added() + 1], into);
            }
            first = false;
        }
        if (into.added() < into.positions()) {
            throw new AnswerException("has log-probabilities of " + into.added() + " of the " + into.positions()
                    + " positions of its prompt");
        }
    }

    private void position(JsonReader json, int text, RowScores into) throws IOException, AnswerException {
        int position = into.added();
        int count = 0;
        int textAt = -1;
        int textRank = 0;
        json.beginObject();
        while (json.nextName()) {
            if (count > entries) {
                throw new AnswerException("has more than " + (entries + 1) + " entries at position " + position
                        + " (K is " + entries + ")");
            }
            int id = json.nameAsId();
            ids[count] = id;
            logProbs[count] = logProb(json, id, position);
            if (id == text) {
                textAt = count;
                textRank = rank;
            }
            count++;
        }
        if (textAt < 0) {
            throw new AnswerException("has no log-probability of the text's token " + text + " at position " + position
                    + ": another text was scored");
        }
        requireCount(count, textAt, textRank, position);
        float textLogProb = PositionCheck.requireLogProb(logProbs[textAt], text, position);
        if (count > entries) {
            count--;
            ids[textAt] = ids[count];
            logProbs[textAt] = logProbs[count];
            requireAbsent(text, count, position);
        }
        int kept = check.clean(ids, logProbs, 0, count, position);
        into.add(
                ids,
                logProbs,
                0,
                kept,
                textLogProb > PositionCheck.MINUS_INFINITY ? textLogProb : Float.NEGATIVE_INFINITY);
    }

    // Without its rank, the text's token among too few or too many entries would pass for one of the K most likely.
    // Equally likely tokens count before it in its rank.
    private void requireCount(int count, int textAt, int textRank, int position) throws AnswerException {
        boolean extra = count > entries;
        if (count == entries && textRank > entries) {
            for (int i = 0; i < count; i++) {
                extra |= i != textAt && logProbs[i] <= logProbs[textAt];
            }
            if (!extra) {
                throw new AnswerException("has " + (count - 1) + " instead of " + entries
                        + " entries besides the text's token at position " + position);
            }
        } else if (extra && textRank > 0 && textRank <= entries) {
            throw new AnswerException("has more than " + entries + " entries at position " + position
                    + ", although the text's token is among the most likely: another text was scored");
        } else if (count < entries) {
            throw new AnswerException("has " + count + " instead of " + entries + " entries at position " + position);
        }
    }

    // The extra entry was taken out; a second one with its id would otherwise not be noticed.
    private void requireAbsent(int text, int count, int position) throws AnswerException {
        for (int i = 0; i < count; i++) {
            if (ids[i] == text) {
                throw new AnswerException("has token " + text + " twice at position " + position);
            }
        }
    }

    private float logProb(JsonReader json, int id, int position) throws IOException, AnswerException {
        boolean found = false;
        float logProb = 0;
        rank = 0;
        json.beginObject();
        while (json.nextName()) {
            if (json.nameIs(LOGPROB)) {
                logProb = json.readFloat();
                found = true;
            } else if (json.nameIs(RANK)) {
                rank = json.tryNull() ? 0 : json.readInt();
            } else {
                json.skip();
            }
        }
        if (!found) {
            throw new AnswerException("has no logprob of token " + id + " at position " + position);
        }
        return logProb;
    }
}

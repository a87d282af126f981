package io.logitstream.teacher.served.sglang;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.logitstream.messages.Printable;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.Base64Words;
import io.logitstream.teacher.served.wire.JsonReader;
import java.io.IOException;

/**
 * The K most likely tokens of each position, in any of the three formats: two base64 strings, two flat arrays, or one
 * array for each position. The server chooses the format of each answer.
 */
final class SglangTopLogprobs {
    private static final byte[] NESTED = "input_top_logprobs".getBytes(US_ASCII);
    private static final byte[] SHAPE = "input_top_logprobs_shape".getBytes(US_ASCII);
    private static final byte[] NULL_PREFIX = "input_top_logprobs_null_prefix".getBytes(US_ASCII);
    private static final byte[] VALUES = "input_top_logprobs_val_flat".getBytes(US_ASCII);
    private static final byte[] IDS = "input_top_logprobs_idx_flat".getBytes(US_ASCII);
    private static final byte[] VALUES_64 = "input_top_logprobs_val_flat_b64".getBytes(US_ASCII);
    private static final byte[] IDS_64 = "input_top_logprobs_idx_flat_b64".getBytes(US_ASCII);
    private static final byte[] VALUES_TYPE = "input_top_logprobs_val_flat_b64_dtype".getBytes(US_ASCII);
    private static final byte[] IDS_TYPE = "input_top_logprobs_idx_flat_b64_dtype".getBytes(US_ASCII);

    private final int entries;
    private final Base64Words words = new Base64Words();
    private int[] ids = new int[0];
    private float[] logProbs = new float[0];
    private int positions;
    private boolean hasIds;
    private boolean hasValues;
    private boolean flat;
    private int rows;
    private int columns;
    private int nullPrefix;

    SglangTopLogprobs(int entries) {
        this.entries = entries;
    }

    /** Begins the answer of a prompt with this number of positions. */
    void start(int size) {
        positions = size;
        int total = Math.multiplyExact(size, entries);
        if (ids.length < total) {
            ids = new int[total];
            logProbs = new float[total];
        }
        hasIds = false;
        hasValues = false;
        flat = false;
        rows = -1;
        columns = -1;
        nullPrefix = 0;
    }

    /** Token ids, K for each position. */
    int[] ids() {
        return ids;
    }

    /** Log-probabilities, K for each position. */
    float[] logProbs() {
        return logProbs;
    }

    /** Reads the current member of {@code meta_info} if it belongs here, and otherwise nothing. */
    boolean readMember(JsonReader json) throws IOException, AnswerException {
        if (json.nameIs(VALUES_64)) {
            read(json);
            for (int i = 0; i < total(); i++) {
                logProbs[i] = Float.intBitsToFloat(words.words()[i]);
            }
            hasValues = true;
        } else if (json.nameIs(IDS_64)) {
            read(json);
            System.arraycopy(words.words(), 0, ids, 0, total());
            hasIds = true;
        } else if (json.nameIs(VALUES)) {
            readValues(json);
        } else if (json.nameIs(IDS)) {
            readIds(json);
        } else if (json.nameIs(NESTED)) {
            readNested(json);
        } else if (json.nameIs(SHAPE)) {
            readShape(json);
        } else if (json.nameIs(NULL_PREFIX)) {
            nullPrefix = json.readInt();
        } else if (json.nameIs(VALUES_TYPE)) {
            requireType(json, "float32");
        } else if (json.nameIs(IDS_TYPE)) {
            requireType(json, "int32");
        } else {
            return false;
        }
        return true;
    }

    private int total() {
        return positions * entries;
    }

    private void read(JsonReader json) throws IOException, AnswerException {
        words.start(total());
        json.readBase64(words);
        flat = true;
    }

    private void readValues(JsonReader json) throws IOException, AnswerException {
        int count = 0;
        json.beginArray();
        while (json.nextElement()) {
            requireRoom(count);
            logProbs[count++] = json.readFloat();
        }
        requireAll(count);
        hasValues = true;
        flat = true;
    }

    private void readIds(JsonReader json) throws IOException, AnswerException {
        int count = 0;
        json.beginArray();
        while (json.nextElement()) {
            requireRoom(count);
            ids[count++] = json.readInt();
        }
        requireAll(count);
        hasIds = true;
        flat = true;
    }

    private void requireRoom(int count) throws AnswerException {
        if (count == total()) {
            throw new AnswerException("has more than the " + total() + " values of " + positions + " positions");
        }
    }

    private void requireAll(int count) throws AnswerException {
        if (count < total()) {
            throw new AnswerException("has " + count + " of the " + total() + " values of " + positions + " positions");
        }
    }

    private void readNested(JsonReader json) throws IOException, AnswerException {
        if (json.tryNull()) {
            return;
        }
        int position = 0;
        json.beginArray();
        while (json.nextElement()) {
            if (json.tryNull()) {
                if (position > 0) {
                    throw new AnswerException("has no log-probabilities at position " + position);
                }
            } else if (position == positions) {
                throw new AnswerException(
                        "has log-probabilities of more than the " + positions + " positions of its prompt");
            } else {
                readPosition(json, position++);
            }
        }
        if (position < positions) {
            throw new AnswerException(
                    "has log-probabilities of " + position + " of the " + positions + " positions of its prompt");
        }
        hasIds = true;
        hasValues = true;
    }

    private void readPosition(JsonReader json, int position) throws IOException, AnswerException {
        int count = 0;
        json.beginArray();
        while (json.nextElement()) {
            if (count == entries) {
                throw new AnswerException("has more than " + entries + " entries at position " + position);
            }
            int at = position * entries + count++;
            ids[at] = -1;
            json.beginArray();
            for (int part = 0; json.nextElement(); part++) {
                if (part == 0) {
                    logProbs[at] = json.readFloat();
                } else if (part == 1) {
                    ids[at] = json.readInt();
                } else {
                    json.skip();
                }
            }
        }
        if (count < entries) {
            throw new AnswerException("has " + count + " instead of " + entries + " entries at position " + position);
        }
    }

    private void readShape(JsonReader json) throws IOException, AnswerException {
        json.beginArray();
        for (int part = 0; json.nextElement(); part++) {
            if (part == 0) {
                rows = json.readInt();
            } else if (part == 1) {
                columns = json.readInt();
            } else {
                json.skip();
            }
        }
    }

    private static void requireType(JsonReader json, String type) throws IOException, AnswerException {
        String told = json.readText();
        if (!told.equals(type)) {
            throw new AnswerException("has values of type " + Printable.of(told, 40) + " instead of " + type);
        }
    }

    /**
     * Requires that all values were there. The rows of a shape are counted with the empty ones at the beginning by
     * older versions, and without them by newer ones.
     */
    void finish() throws AnswerException {
        if (!hasIds || !hasValues) {
            throw new AnswerException("has no input_top_logprobs");
        }
        if (flat
                && (columns >= 0 && columns != entries
                        || rows >= 0 && rows != positions && rows != (long) positions + nullPrefix)) {
            throw new AnswerException(
                    "has the shape [" + rows + ", " + columns + "] where [" + positions + ", " + entries + "] belongs");
        }
    }
}

package io.logitstream.teacher.served.wire;

import java.io.IOException;

/** Reads the answers to scoring requests in the format of one endpoint. Reusable, not thread-safe. */
public interface AnswerReader {
    /**
     * Reads an answer.
     *
     * @param json the answer
     * @param prompts prompts of the request
     * @param into receives the scores of each prompt
     * @throws AnswerException if the answer is not complete or not valid
     * @throws IOException if it cannot be received
     */
    void read(JsonReader json, int[][] prompts, RowScores[] into) throws IOException, AnswerException;
}

package io.logitstream.teacher.served.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/** Small requests to one server. */
public interface ServerInfo {
    /** Address of the server, for messages. */
    String address();

    /**
     * Sends a GET request.
     *
     * @return the answer; null if the server has no such path (status 404 or 405)
     * @throws IOException if there is no answer, or one with another status
     * @throws AnswerException if the answer is not JSON
     */
    JsonNode get(String path) throws IOException, InterruptedException, AnswerException;

    /**
     * Sends a POST request.
     *
     * @param body JSON text
     * @return the answer; null if the server refuses it (status 4xx)
     * @throws IOException if there is no answer, or one with another status
     * @throws AnswerException if the answer is not JSON
     */
    JsonNode post(String path, RequestBuffer body) throws IOException, InterruptedException, AnswerException;
}

package io.logitstream.teacher.served.standin;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.util.ArrayList;
import java.util.List;

/**
 * A request for the scores of prompts.
 *
 * @param json the request as it came
 * @param prompts token ids of each prompt
 * @param k log-probabilities asked for at each position
 */
record ScoringRequest(JsonNode json, List<int[]> prompts, int k) {
    /** Reads the body of a POST request; null if the server scores nothing at this path. */
    static ScoringRequest of(Format format, String path, JsonNode json) {
        if (path.equals("/v1/completions") && format.isVllm()) {
            return new ScoringRequest(
                    json, list(json.get("prompt")), json.get("prompt_logprobs").intValue());
        } else if (path.equals("/inference/v1/generate") && format == Format.VLLM_GENERATE) {
            return new ScoringRequest(
                    json,
                    List.of(ids(json.get("token_ids"))),
                    json.get("sampling_params").get("prompt_logprobs").intValue());
        } else if (path.equals("/generate") && !format.isVllm()) {
            return new ScoringRequest(
                    json,
                    list(json.get("input_ids")),
                    json.get("top_logprobs_num").intValue());
        }
        return null;
    }

    private static List<int[]> list(JsonNode rows) {
        List<int[]> prompts = new ArrayList<>();
        rows.forEach(row -> prompts.add(ids(row)));
        return prompts;
    }

    private static int[] ids(JsonNode row) {
        int[] ids = new int[row.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = row.get(i).intValue();
        }
        return ids;
    }
}

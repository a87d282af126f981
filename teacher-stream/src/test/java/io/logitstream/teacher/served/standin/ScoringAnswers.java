package io.logitstream.teacher.served.standin;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The answers of a model to scoring requests, as text. */
final class ScoringAnswers {
    /** Prefix of a name that the tree cannot hold twice; removed from the text. */
    static final String SAME_NAME = "same-as-";

    // Python writes NaN without quotation marks.
    private static final ObjectMapper JSON =
            JsonMapper.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();

    private final Format format;
    private final ServedWeights weights;
    private final ServedDescription description;
    private final Map<JsonNode, byte[]> remembered = new ConcurrentHashMap<>();
    private volatile boolean remembers;

    ScoringAnswers(Format format, ServedWeights weights, ServedDescription description) {
        this.format = format;
        this.weights = weights;
        this.description = description;
    }

    /** Computes the answers to equal requests once. */
    void remember() {
        remembers = true;
    }

    byte[] of(ScoringRequest request, Fault fault) throws IOException {
        byte[] known = remembered.get(request.json());
        if (known != null) {
            return known;
        }
        byte[] answer = JSON.writeValueAsString(tree(request, fault))
                .replace(SAME_NAME, "")
                .getBytes(StandardCharsets.UTF_8);
        if (remembers) {
            remembered.put(request.json(), answer);
        }
        return answer;
    }

    private JsonNode tree(ScoringRequest request, Fault fault) {
        List<ScoredPrompt> scores = new ArrayList<>();
        for (int[] prompt : request.prompts()) {
            scores.add(ScoredPrompt.of(weights, prompt, request.k(), fault));
        }
        if (!format.isVllm()) {
            boolean flat = request.json().path("return_flat_raw_top_logprobs").booleanValue();
            return SglangFormat.generate(scores, request.k(), flat ? format : Format.SGLANG_NESTED, fault);
        }
        return request.json().has("token_ids")
                ? VllmFormat.generate(scores.get(0), fault)
                : VllmFormat.completions(description.model, scores, fault);
    }
}

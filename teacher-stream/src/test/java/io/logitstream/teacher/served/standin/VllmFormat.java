package io.logitstream.teacher.served.standin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.teacher.served.standin.ScoredPrompt.Entry;
import io.logitstream.teacher.served.standin.ScoredPrompt.Position;
import java.util.List;

/** vLLM's answers as trees. */
final class VllmFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    private VllmFormat() {}

    static JsonNode completions(String model, List<ScoredPrompt> prompts, Fault fault) {
        ObjectNode answer = JSON.createObjectNode();
        answer.put("id", "cmpl-1").put("object", "text_completion").put("created", 1_700_000_000);
        answer.put("model", fault == Fault.OTHER_MODEL ? "other" : model);
        ArrayNode choices = answer.putArray("choices");
        int last = prompts.size() - (fault == Fault.FEWER_PROMPTS ? 1 : 0);
        for (int i = 0; i < last; i++) {
            ObjectNode choice = choices.addObject();
            choice.put("index", i)
                    .put("text", " \"}]\\ the")
                    .putNull("logprobs")
                    .put("finish_reason", "length");
            choice.putNull("stop_reason");
            if (fault != Fault.NO_LOGPROBS) {
                choice.set("prompt_logprobs", promptLogprobs(prompts.get(i), true));
            }
            ArrayNode ids = choice.putArray("prompt_token_ids");
            for (int id : prompts.get(i).tokens()) {
                ids.add(id);
            }
            choice.putArray("token_ids").add(5);
        }
        answer.putObject("usage").put("prompt_tokens", 12).put("total_tokens", 13);
        answer.putNull("kv_transfer_params");
        return answer;
    }

    static JsonNode generate(ScoredPrompt prompt, Fault fault) {
        ObjectNode answer = JSON.createObjectNode();
        answer.put("request_id", "generate-tokens-1");
        if (fault == Fault.OTHER_MODEL) {
            answer.put("model", "other");
        }
        ObjectNode choice = answer.putArray("choices").addObject();
        choice.put("index", 0)
                .putNull("logprobs")
                .put("finish_reason", "length")
                .putArray("token_ids")
                .add(5);
        answer.set("prompt_logprobs", fault == Fault.NO_LOGPROBS ? JSON.nullNode() : promptLogprobs(prompt, false));
        answer.putNull("kv_transfer_params");
        return answer;
    }

    // The text's own token comes first, whatever its rank.
    private static ArrayNode promptLogprobs(ScoredPrompt prompt, boolean decoded) {
        ArrayNode positions = JSON.createArrayNode();
        positions.addNull();
        for (Position position : prompt.positions()) {
            ObjectNode entries = positions.addObject();
            entry(entries, position.text(), position.rank(), decoded);
            int rank = 1;
            for (Entry entry : position.top()) {
                String name = Integer.toString(entry.id());
                // A tree cannot hold a name twice.
                if (entries.has(name) && entry.id() != position.text().id()) {
                    name = ScoringAnswers.SAME_NAME + name;
                }
                entry(entries, name, entry, rank++, decoded);
            }
        }
        return positions;
    }

    private static void entry(ObjectNode entries, Entry entry, int rank, boolean decoded) {
        entry(entries, Integer.toString(entry.id()), entry, rank, decoded);
    }

    private static void entry(ObjectNode entries, String name, Entry entry, int rank, boolean decoded) {
        ObjectNode node =
                entries.putObject(name).put("logprob", entry.logProb()).put("rank", rank);
        if (decoded) {
            node.put("decoded_token", " \"x\\" + entry.id() + "\u00e9");
        } else {
            node.putNull("decoded_token");
        }
    }
}

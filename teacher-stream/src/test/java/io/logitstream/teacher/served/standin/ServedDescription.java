package io.logitstream.teacher.served.standin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.teacher.served.standin.StandInServer.Format;

/** What a stand-in tells of itself, and the limits it was started with. */
final class ServedDescription {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Format format;
    volatile String model = "tiny";
    volatile String version = "1.2.3";
    volatile int maxLogprobs = 20;
    volatile int maxModelLen;
    volatile String logprobsMode;

    ServedDescription(Format format, int maxModelLen) {
        this.format = format;
        this.maxModelLen = maxModelLen;
    }

    /** The answer to a GET request; null if there is no such path. */
    JsonNode info(String path) {
        ObjectNode answer = JSON.createObjectNode();
        boolean known = switch (path) {
            case "/v1/models" -> {
                ArrayNode models = answer.put("object", "list").putArray("data");
                for (String name : model.split(",")) {
                    models.addObject()
                            .put("id", name)
                            .put("object", "model")
                            .put("root", "/models/" + name)
                            .putNull("parent")
                            .put("max_model_len", maxModelLen);
                }
                yield true;
            }
            case "/version" -> {
                answer.put("version", version);
                yield format.isVllm();
            }
            case "/server_info" -> {
                answer.putObject("vllm_config")
                        .putObject("model_config")
                        .put("logprobs_mode", "LogprobsMode." + logprobsMode)
                        .put("max_logprobs", maxLogprobs);
                yield format.isVllm() && logprobsMode != null;
            }
            case "/get_model_info" -> {
                answer.put("model_path", "/models/" + model).put("weight_version", "default");
                yield !format.isVllm();
            }
            case "/get_server_info" -> {
                answer.put("version", version).put("served_model_name", model).putNull("revision");
                yield !format.isVllm();
            }
            default -> false;
        };
        return known ? answer : null;
    }

    /** What the server says to a scoring request that it does not take; null if it takes it. */
    String refusal(ScoringRequest request) {
        if (format.isVllm() && !model.equals(request.json().path("model").textValue())) {
            return "The model `" + request.json().path("model").textValue() + "` does not exist.";
        }
        if (format.isVllm() && maxLogprobs >= 0 && request.k() > maxLogprobs) {
            return "Requested prompt logprobs of " + request.k() + ", which is greater than max allowed: "
                    + maxLogprobs;
        }
        for (int[] prompt : request.prompts()) {
            if (prompt.length + 1 > maxModelLen) {
                return "The prompt has " + prompt.length + " tokens, but the longest context is " + maxModelLen
                        + " tokens.";
            }
        }
        return null;
    }
}

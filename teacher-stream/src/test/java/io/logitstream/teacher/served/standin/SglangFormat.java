package io.logitstream.teacher.served.standin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.teacher.served.standin.ScoredPrompt.Entry;
import io.logitstream.teacher.served.standin.ScoredPrompt.Position;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/** SGLang's answers as trees. */
final class SglangFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SglangFormat() {}

    static JsonNode generate(List<ScoredPrompt> prompts, int k, StandInServer.Format format, Fault fault) {
        ArrayNode results = JSON.createArrayNode();
        int last = prompts.size() - (fault == Fault.FEWER_PROMPTS ? 1 : 0);
        for (int i = 0; i < last; i++) {
            ObjectNode result = results.addObject();
            result.put("text", "").putArray("output_ids");
            ObjectNode info = result.putObject("meta_info");
            info.put("id", "0123")
                    .putObject("finish_reason")
                    .put("type", "length")
                    .put("length", 0);
            info.put("prompt_tokens", prompts.get(i).tokens().length).put("weight_version", "default");
            if (fault != Fault.NO_LOGPROBS) {
                texts(info, prompts.get(i));
                top(info, prompts.get(i), k, format, fault);
            }
            info.putArray("output_token_logprobs");
            info.putArray("output_top_logprobs");
            info.put("completion_tokens", 0).put("cached_tokens", 0).put("e2e_latency", 0.0123);
        }
        return results;
    }

    private static void texts(ObjectNode info, ScoredPrompt prompt) {
        ArrayNode texts = info.putArray("input_token_logprobs");
        texts.addArray().addNull().add(prompt.tokens()[0]).addNull();
        for (Position position : prompt.positions()) {
            texts.add(entry(position.text()));
        }
    }

    private static ArrayNode entry(Entry entry) {
        ArrayNode node = JSON.createArrayNode();
        return node.add(entry.logProb()).add(entry.id()).addNull();
    }

    private static void top(ObjectNode info, ScoredPrompt prompt, int k, StandInServer.Format format, Fault fault) {
        boolean rectangular = prompt.positions().stream()
                .allMatch(position ->
                        position.top().size() == prompt.positions().get(0).top().size());
        if (format == StandInServer.Format.SGLANG_NESTED || !rectangular) {
            ArrayNode rows = info.putArray("input_top_logprobs");
            rows.addNull();
            for (Position position : prompt.positions()) {
                ArrayNode row = rows.addArray();
                position.top().forEach(entry -> row.add(entry(entry)));
            }
            return;
        }
        int rows = prompt.positions().size();
        int columns = rows == 0 ? k : prompt.positions().get(0).top().size();
        info.putArray("input_top_logprobs_shape")
                .add(format == StandInServer.Format.SGLANG_FLAT_OLD_SHAPE ? rows + 1 : rows)
                .add(fault == Fault.WRONG_SHAPE ? columns + 1 : columns);
        info.put("input_top_logprobs_null_prefix", 1);
        List<Entry> entries = prompt.positions().stream()
                .flatMap(position -> position.top().stream())
                .toList();
        if (format == StandInServer.Format.SGLANG_FLAT_JSON) {
            ArrayNode values = info.putArray("input_top_logprobs_val_flat");
            ArrayNode ids = info.putArray("input_top_logprobs_idx_flat");
            entries.forEach(entry -> {
                values.add(entry.logProb());
                ids.add(entry.id());
            });
            return;
        }
        ByteBuffer values = ByteBuffer.allocate(4 * entries.size()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer ids = ByteBuffer.allocate(4 * entries.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Entry entry : entries) {
            values.putFloat(
                    entry.logProb() == null ? Float.NaN : entry.logProb().floatValue());
            ids.putInt(entry.id());
        }
        info.put("input_top_logprobs_val_flat_b64", damaged(Base64.getEncoder().encodeToString(values.array()), fault));
        info.put("input_top_logprobs_val_flat_b64_dtype", fault == Fault.WRONG_TYPE ? "float16" : "float32");
        info.put("input_top_logprobs_idx_flat_b64", Base64.getEncoder().encodeToString(ids.array()));
        info.put("input_top_logprobs_idx_flat_b64_dtype", "int32");
    }

    private static String damaged(String text, Fault fault) {
        return switch (fault) {
            case SHORT_BASE64 -> text.substring(0, text.length() - 1);
            case BAD_BASE64 -> text.substring(0, 20) + "*" + text.substring(21);
            default -> text;
        };
    }
}

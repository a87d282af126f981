package io.logitstream.benchmarks;

import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** Answers of servers to scoring requests, written as Python writes them. */
final class ServerAnswers {
    /** Log-probability of a text's token that is not among the most likely ones. */
    private static final float UNLIKELY = -12.345678f;

    private final String format;
    private final SparseLogits logits;
    private final int entries;

    /**
     * @param format {@code vllm-generate}, {@code vllm-completions}, {@code sglang-base64} or {@code sglang-nested}
     * @param logits the most likely tokens of all positions
     * @param entries their number at each position
     */
    ServerAnswers(String format, SparseLogits logits, int entries) {
        this.format = format;
        this.logits = logits;
        this.entries = entries;
    }

    /**
     * The answer to a request.
     *
     * @param first number of the first position of its first prompt
     */
    byte[] answer(int[][] prompts, int first) {
        StringBuilder text = new StringBuilder();
        int position = first;
        for (int i = 0; i < prompts.length; i++) {
            text.append(i == 0 ? "" : ",").append(prompt(prompts[i], position, i));
            position += prompts[i].length - 1;
        }
        return whole(text).getBytes(StandardCharsets.UTF_8);
    }

    private String whole(StringBuilder prompts) {
        return switch (format) {
            case "vllm-generate" -> "{\"request_id\":\"1\",\"choices\":[{\"index\":0}]," + prompts + "}";
            case "vllm-completions" -> "{\"id\":\"1\",\"model\":\"model\",\"choices\":[" + prompts + "]}";
            default -> "[" + prompts + "]";
        };
    }

    private String prompt(int[] prompt, int first, int index) {
        return switch (format) {
            case "vllm-generate" -> "\"prompt_logprobs\":" + vllm(prompt, first);
            case "vllm-completions" ->
                "{\"index\":" + index + ",\"text\":\" the\",\"prompt_logprobs\":" + vllm(prompt, first)
                        + ",\"prompt_token_ids\":" + Arrays.toString(prompt) + "}";
            default -> "{\"text\":\"\",\"meta_info\":{" + texts(prompt, first) + "," + top(prompt, first) + "}}";
        };
    }

    private String vllm(int[] prompt, int first) {
        StringBuilder text = new StringBuilder("[null");
        for (int i = 0; i < prompt.length - 1; i++) {
            int from = logits.offsets()[first + i];
            int own = find(from, prompt[i + 1]);
            text.append(",{");
            if (own < 0) {
                entry(text, prompt[i + 1], UNLIKELY, 4321).append(',');
            }
            for (int j = from; j < from + entries; j++) {
                entry(text.append(j == from ? "" : ","), logits.ids()[j], logits.logProbs()[j], j - from + 1);
            }
            text.append('}');
        }
        return text.append(']').toString();
    }

    private int find(int from, int id) {
        for (int j = from; j < from + entries; j++) {
            if (logits.ids()[j] == id) {
                return j;
            }
        }
        return -1;
    }

    // A float as Python writes it: the digits of its value as a double.
    private StringBuilder entry(StringBuilder text, int id, float logProb, int rank) {
        text.append('"')
                .append(id)
                .append("\":{\"logprob\":")
                .append((double) logProb)
                .append(",\"rank\":")
                .append(rank);
        return text.append(
                format.equals("vllm-completions") ? ",\"decoded_token\":\" token\"}" : ",\"decoded_token\":null}");
    }

    private String texts(int[] prompt, int first) {
        StringBuilder text = new StringBuilder("\"input_token_logprobs\":[[null," + prompt[0] + ",null]");
        for (int i = 0; i < prompt.length - 1; i++) {
            int own = find(logits.offsets()[first + i], prompt[i + 1]);
            text.append(",[").append((double) (own < 0 ? UNLIKELY : logits.logProbs()[own]));
            text.append(',').append(prompt[i + 1]).append(",null]");
        }
        return text.append(']').toString();
    }

    private String top(int[] prompt, int first) {
        int positions = prompt.length - 1;
        int from = logits.offsets()[first];
        if (format.equals("sglang-nested")) {
            StringBuilder text = new StringBuilder("\"input_top_logprobs\":[null");
            for (int i = 0; i < positions; i++) {
                text.append(",[");
                for (int j = from + i * entries; j < from + (i + 1) * entries; j++) {
                    text.append(j == from + i * entries ? "[" : ",[").append((double) logits.logProbs()[j]);
                    text.append(',').append(logits.ids()[j]).append(",null]");
                }
                text.append(']');
            }
            return text.append(']').toString();
        }
        ByteBuffer values = ByteBuffer.allocate(4 * positions * entries).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer ids = ByteBuffer.allocate(4 * positions * entries).order(ByteOrder.LITTLE_ENDIAN);
        values.asFloatBuffer().put(logits.logProbs(), from, positions * entries);
        ids.asIntBuffer().put(logits.ids(), from, positions * entries);
        return "\"input_top_logprobs_shape\":[" + positions + "," + entries + "],\"input_top_logprobs_null_prefix\":1,"
                + "\"input_top_logprobs_val_flat_b64\":\"" + Base64.getEncoder().encodeToString(values.array())
                + "\",\"input_top_logprobs_val_flat_b64_dtype\":\"float32\",\"input_top_logprobs_idx_flat_b64\":\""
                + Base64.getEncoder().encodeToString(ids.array())
                + "\",\"input_top_logprobs_idx_flat_b64_dtype\":\"int32\"";
    }
}

package io.logitstream.teacher.served.vllm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.AnswerReader;
import io.logitstream.teacher.served.wire.EchoCheck;
import io.logitstream.teacher.served.wire.JsonReader;
import io.logitstream.teacher.served.wire.RequestBuffer;
import io.logitstream.teacher.served.wire.RowScores;
import java.io.IOException;

/** {@code /v1/completions}, which all versions of vLLM have. A request takes several prompts. */
final class CompletionsEndpoint extends VllmEndpoint {
    private static final byte[] CHOICES = "choices".getBytes(US_ASCII);
    private static final byte[] INDEX = "index".getBytes(US_ASCII);

    CompletionsEndpoint(String model, ScoringRequirements requirements) {
        super("/v1/completions", model, requirements);
    }

    @Override
    public boolean takesSeveralPrompts() {
        return true;
    }

    @Override
    public void write(int[][] prompts, RequestBuffer into) {
        into.start();
        into.raw("{\"model\":").string(model).raw(",\"prompt\":").ids(prompts);
        into.raw(",\"max_tokens\":1,\"temperature\":0,\"prompt_logprobs\":" + requirements.entries());
        into.raw(",\"return_token_ids\":true}");
    }

    @Override
    public AnswerReader newReader() {
        VllmPositions positions = new VllmPositions(requirements);
        return (json, prompts, into) -> {
            boolean found = false;
            json.beginObject();
            while (json.nextName()) {
                if (json.nameIs(CHOICES)) {
                    readChoices(json, prompts, into, positions);
                    found = true;
                } else if (json.nameIs(MODEL)) {
                    EchoCheck.requireModel(json, model);
                } else {
                    json.skip();
                }
            }
            if (!found) {
                throw new AnswerException("has no choices");
            }
        };
    }

    private static void readChoices(JsonReader json, int[][] prompts, RowScores[] into, VllmPositions positions)
            throws IOException, AnswerException {
        boolean[] done = new boolean[prompts.length];
        int number = 0;
        json.beginArray();
        while (json.nextElement()) {
            int index = readChoice(json, number, prompts, into, positions);
            if (done[index]) {
                throw new AnswerException("has choice " + index + " twice");
            }
            done[index] = true;
            number++;
        }
        if (number < prompts.length) {
            throw new AnswerException("has " + number + " choices for " + prompts.length + " prompts");
        }
    }

    // The index comes first in the answers of vLLM, and choices come in the order of the prompts.
    private static int readChoice(
            JsonReader json, int number, int[][] prompts, RowScores[] into, VllmPositions positions)
            throws IOException, AnswerException {
        int index = number;
        boolean used = false;
        boolean scored = false;
        json.beginObject();
        while (json.nextName()) {
            if (json.nameIs(INDEX)) {
                int told = json.readInt();
                if (used && told != index) {
                    throw new AnswerException("has choice " + told + " in place " + number);
                }
                index = told;
            } else if (json.nameIs(PROMPT_LOGPROBS)) {
                requireIndex(index, prompts.length);
                positions.read(json, prompts[index], into[index]);
                scored = true;
                used = true;
            } else if (json.nameIs(PROMPT_TOKEN_IDS)) {
                requireIndex(index, prompts.length);
                EchoCheck.requireIds(json, prompts[index]);
                used = true;
            } else {
                json.skip();
            }
        }
        requireIndex(index, prompts.length);
        if (!scored) {
            throw new AnswerException("has no prompt_logprobs in choice " + index);
        }
        return index;
    }

    private static void requireIndex(int index, int prompts) throws AnswerException {
        if (index < 0 || index >= prompts) {
            throw new AnswerException("has choice " + index + " for " + prompts + " prompts");
        }
    }
}

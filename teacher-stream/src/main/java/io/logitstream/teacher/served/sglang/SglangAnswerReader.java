package io.logitstream.teacher.served.sglang;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.AnswerReader;
import io.logitstream.teacher.served.wire.EchoCheck;
import io.logitstream.teacher.served.wire.JsonReader;
import io.logitstream.teacher.served.wire.PositionCheck;
import io.logitstream.teacher.served.wire.RowScores;
import java.io.IOException;

/** Reads the answers of {@code /generate}. */
final class SglangAnswerReader implements AnswerReader {
    private static final byte[] META_INFO = "meta_info".getBytes(US_ASCII);
    private static final byte[] TOKEN_LOGPROBS = "input_token_logprobs".getBytes(US_ASCII);

    private final ScoringRequirements requirements;
    private final PositionCheck check;
    private final SglangTopLogprobs top;
    private float[] textLogProbs = new float[0];

    SglangAnswerReader(ScoringRequirements requirements) {
        this.requirements = requirements;
        this.check = new PositionCheck(requirements);
        this.top = new SglangTopLogprobs(requirements.entries());
    }

    @Override
    public void read(JsonReader json, int[][] prompts, RowScores[] into) throws IOException, AnswerException {
        int number = 0;
        json.beginArray();
        while (json.nextElement()) {
            if (number == prompts.length) {
                throw new AnswerException("has more than the " + prompts.length + " results of its prompts");
            }
            readResult(json, prompts[number], into[number]);
            number++;
        }
        if (number < prompts.length) {
            throw new AnswerException("has " + number + " results for " + prompts.length + " prompts");
        }
    }

    private void readResult(JsonReader json, int[] prompt, RowScores into) throws IOException, AnswerException {
        boolean found = false;
        json.beginObject();
        while (json.nextName()) {
            if (json.nameIs(META_INFO)) {
                readMetaInfo(json, prompt, into);
                found = true;
            } else {
                json.skip();
            }
        }
        if (!found) {
            throw new AnswerException("has no meta_info");
        }
    }

    private void readMetaInfo(JsonReader json, int[] prompt, RowScores into) throws IOException, AnswerException {
        boolean texts = false;
        top.start(prompt.length - 1);
        json.beginObject();
        while (json.nextName()) {
            if (json.nameIs(TOKEN_LOGPROBS)) {
                readTexts(json, prompt);
                texts = true;
            } else if (!top.readMember(json)) {
                json.skip();
            }
        }
        if (!texts) {
            throw new AnswerException("has no input_token_logprobs");
        }
        top.finish();
        add(prompt, into);
    }

    private void add(int[] prompt, RowScores into) throws AnswerException {
        int entries = requirements.entries();
        into.start(prompt.length - 1, entries);
        for (int i = 0; i < prompt.length - 1; i++) {
            float text = PositionCheck.requireLogProb(textLogProbs[i + 1], prompt[i + 1], i);
            int from = i * entries;
            int kept = check.clean(top.ids(), top.logProbs(), from, from + entries, i);
            into.add(
                    top.ids(),
                    top.logProbs(),
                    from,
                    kept,
                    text > PositionCheck.MINUS_INFINITY ? text : Float.NEGATIVE_INFINITY);
        }
    }

    // One [log-probability, id, text] for each token; the log-probability of the first one is null.
    private void readTexts(JsonReader json, int[] prompt) throws IOException, AnswerException {
        if (textLogProbs.length < prompt.length) {
            textLogProbs = new float[prompt.length];
        }
        int count = 0;
        json.beginArray();
        while (json.nextElement()) {
            if (count == prompt.length) {
                throw new AnswerException("is for more than the " + prompt.length + " tokens of the prompt");
            }
            json.beginArray();
            for (int part = 0; json.nextElement(); part++) {
                if (part == 0) {
                    textLogProbs[count] = json.readFloat();
                } else if (part == 1) {
                    EchoCheck.requireId(json.readInt(), prompt, count);
                } else {
                    json.skip();
                }
            }
            count++;
        }
        if (count < prompt.length) {
            throw new AnswerException("has log-probabilities of " + Math.max(0, count - 1) + " of the "
                    + (prompt.length - 1) + " positions of its prompt");
        }
    }
}

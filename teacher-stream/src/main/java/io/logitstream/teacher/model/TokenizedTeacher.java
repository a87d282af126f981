package io.logitstream.teacher.model;

import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.teacher.config.SelectionConfig;

/** A teacher with its identity, its selection, and the tokenizer whose batches it accepts. */
abstract class TokenizedTeacher implements StreamTeacher {
    private final Teacher identity;
    private final SelectionConfig selection;
    private final AcceptedTokenizers tokenizers;

    TokenizedTeacher(Teacher identity, SelectionConfig selection, TokenizerIdentity tokenizer) {
        this.identity = identity;
        this.selection = selection;
        this.tokenizers = new AcceptedTokenizers(tokenizer);
    }

    @Override
    public final Teacher identity() {
        return identity;
    }

    @Override
    public final SelectionConfig selection() {
        return selection;
    }

    @Override
    public final int vocabularySize() {
        return tokenizers.own().size();
    }

    @Override
    public final String tokenizerHash() {
        return tokenizers.own().hash();
    }

    @Override
    public final String vocabulary() {
        return tokenizers.own().vocabulary();
    }

    @Override
    public final void learnTokenizer(String hash, String ids) {
        tokenizers.learn(hash, ids);
    }

    @Override
    public final boolean hasTokenizerOf(TokenBatch batch) {
        return tokenizers.made(batch);
    }
}

package io.logitstream.model.tokenizer;

/**
 * A tokenizer as records name it.
 *
 * @param hash SHA-256 of its tokenizer.json
 * @param vocabulary {@linkplain TokenizerVocabulary#identity() identity} of its ids and merges
 * @param size highest id + 1
 */
public record TokenizerIdentity(String hash, String vocabulary, int size) {
    /**
     * Whether ids of a record are those of this tokenizer: the record was made with a file of the same bytes, or with one
     * in which ids and merges are the same.
     *
     * @param recordHash SHA-256 of the tokenizer.json that made the record
     * @param recordVocabulary identity of its ids and merges; null in records of versions without it
     * @param recordSize its highest id + 1
     */
    public boolean made(String recordHash, String recordVocabulary, int recordSize) {
        return recordSize == size && (recordHash.equals(hash) || vocabulary.equals(recordVocabulary));
    }
}

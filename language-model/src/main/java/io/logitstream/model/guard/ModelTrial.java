package io.logitstream.model.guard;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.model.ModelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tries what can end the whole process in a process of its own first: a native library that meets what it does not expect
 * aborts, or overflows its stack, and no exception comes of it.
 */
public final class ModelTrial {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Set<String> PASSED = ConcurrentHashMap.newKeySet();

  private ModelTrial() {}

  /**
   * Requires that a tokenizer can be loaded and encodes some texts. One of well-known parts is not tried; for another it
   * costs a second or two, once in a process.
   *
   * @param file the {@code tokenizer.json}
   * @param content what it says
   * @param hash SHA-256 of it
   * @throws ModelException when the library does not survive it
   */
  public static void requireTokenizer(Path file, JsonNode content, String hash) {
    if (TrialProcess.isInside() || TokenizerParts.areKnown(content) || PASSED.contains(hash)) {
      return;
    }
    String fault = TrialProcess.run(LIMIT, TrialProcess.TOKENIZER, file.toString());
    if (fault != null) {
      throw new ModelException(file + " cannot be used: in a process of its own, loading it and encoding some short texts "
          + fault + "; it is damaged, or made to do harm");
    }
    PASSED.add(hash);
  }

  /**
   * Requires that a TorchScript file can be loaded and gives logits. It takes the time and the memory of loading it.
   *
   * @param file the file
   * @param device device it is to run on
   * @throws ModelException when libtorch does not survive it
   */
  public static void requireTorchScript(Path file, String device) {
    String fault = TrialProcess.run(LIMIT, TrialProcess.TORCH_SCRIPT, file.toString(), device);
    if (fault != null) {
      throw new ModelException(file + " cannot be used: in a process of its own, loading it and running it on two tokens "
          + fault);
    }
  }
}

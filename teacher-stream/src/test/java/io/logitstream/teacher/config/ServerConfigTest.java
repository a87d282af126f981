package io.logitstream.teacher.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void oneAddressOrAListIsUnderstood() throws Exception {
        ServerConfig one = read("""
                {"api": "vllm", "url": "HTTP://gpu-1:8000/"}""");
        assertThat(one)
                .isEqualTo(new ServerConfig(
                        ServerKind.VLLM, List.of("http://gpu-1:8000"), null, null, 64, 300, 600, null, null));

        assertThat(read("""
                {"api": "sglang", "url": ["http://a:1/v1/", "https://b/models/x"]}""").url()).containsExactly("http://a:1", "https://b/models/x");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"url": "http://a"}                                | teach.server.api is missing; set it to vllm or sglang
            {"api": "vllm"}                                    | teach.server.url is missing
            {"api": "vllm", "url": []}                         | teach.server.url is missing
            {"api": "vllm", "url": " "}                        | teach.server.url has an empty address
            {"api": "vllm", "url": "gpu-1:8000"}               | neither http:// nor https://
            {"api": "vllm", "url": "ftp://gpu-1"}              | neither http:// nor https://
            {"api": "vllm", "url": "http://a b"}               | is not a URL (Illegal character in authority)
            {"api": "vllm", "url": "http:///x"}                | needs a host name
            {"api": "vllm", "url": "http://a/?key=1"}          | takes neither ? nor #
            {"api": "vllm", "url": ["http://a", "http://a/"]}  | teach.server.url names http://a twice
            {"api": "vllm", "url": "http://a", "requests": 0}  | teach.server.requests 0 is not in [1, 4096]
            {"api": "vllm", "url": "http://a", "topLogprobs": -1} | teach.server.topLogprobs -1 is not in [1, 1048576]
            {"api": "vllm", "url": "http://a", "timeoutSeconds": 0} | teach.server.timeoutSeconds 0 is not in
            {"api": "vllm", "url": "http://a", "retrySeconds": -1} | teach.server.retrySeconds -1 is not in
            {"api": "vllm", "url": "http://a", "model": ""}    | teach.server.model is blank
            """)
    void whatCannotBeUsedIsNamedInOneLine(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .cause()
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aSecretIsRepeatedInNoMessage() {
        assertThatThrownBy(() -> read("""
                {"api": "vllm", "url": "http://a", "apiKey": "hush-hush"}"""))
                .cause()
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("teach.server.apiKey", "${env:NAME}", "${file:PATH:KEY}")
                .hasMessageNotContaining("hush");
        assertThatThrownBy(() -> read("""
                {"api": "vllm", "url": "http://me:hush-hush@a"}"""))
                .cause()
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("teach.server.apiKey")
                .hasMessageNotContaining("hush");
    }

    @Test
    void theWrittenConfigurationHoldsTheReferenceOnly() throws Exception {
        ServerConfig config = read("""
                {"api": "vllm", "url": "http://a", "apiKey": "${env:PATH}"}""");

        assertThat(JSON.writeValueAsString(config)).contains("${env:PATH}").doesNotContain(System.getenv("PATH"));
        assertThat(read(JSON.writeValueAsString(config))).isEqualTo(config);
        assertThat(config.toString()).doesNotContain(System.getenv("PATH"));
    }

    private static ServerConfig read(String json) throws Exception {
        return JSON.readValue(json, ServerConfig.class);
    }
}

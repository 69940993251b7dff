import { LlamaGrammar, LlamaGrammarEvaluationState, type LlamaModel, type Token } from 'node-llama-cpp';
import type { GenerationRequest } from './engine.ts';
import { callGrammar, jsonGrammar } from './grammar/output-grammar.ts';
import { acceptToken } from './llama-binding.ts';
import type { OutputText } from './output-text.ts';
import type { ToolSyntax } from './tools/tool-syntax.ts';

/**
 * Which grammar the next token has to fit: one for the whole output, or, while the model is free to call or not, one
 * from where it begins to call.
 */
export class OutputGuide {
  readonly #model: LlamaModel;
  readonly #syntax: ToolSyntax | undefined;
  #state: LlamaGrammarEvaluationState | undefined;

  /** @throws UnsupportedSchema */
  constructor(model: LlamaModel, { toolUse, json }: GenerationRequest, syntax: ToolSyntax | undefined) {
    this.#model = model;
    this.#syntax = syntax;
    const calls = syntax && callGrammar(syntax.tools, syntax.section, '', json); // also tells what is not supported
    if (toolUse?.choice === 'required')
      this.#follow(callGrammar(syntax?.tools ?? [], syntax?.section ?? NONE));
    else if (json) this.#follow(calls ?? jsonGrammar(json));
  }

  get state(): LlamaGrammarEvaluationState | undefined {
    return this.#state;
  }

  /** To be told of each token, after `text` was. Those of the model's own choice are known to the grammar already. */
  after(text: OutputText): void {
    const { begunCall } = text;
    if (this.#state || !this.#syntax || begunCall === undefined) return;
    this.#follow(callGrammar(this.#syntax.tools, this.#syntax.section, begunCall));
  }

  /** A token of an earlier generation, which this grammar has not seen. */
  replay(token: Token, text: OutputText): void {
    if (this.#state) acceptToken(this.#model, this.#state, token);
    this.after(text);
  }

  #follow(grammar: string | undefined): void {
    if (grammar === undefined) return;
    const { llama } = this.#model;
    this.#state = new LlamaGrammarEvaluationState({
      model: this.#model,
      grammar: new LlamaGrammar(llama, { grammar }),
    });
  }
}

const NONE = { prefix: '', between: '', suffix: '', maxCalls: 1 };

import type { CallableTool } from '../grammar/output-grammar.ts';
import { overlap } from '../overlap.ts';
import { JsonEnd } from './json-end.ts';
import type { ToolCallPiece } from './tool.ts';
import type { ToolSyntax } from './tool-syntax.ts';

/** Text that is the caller's to read, and pieces of calls. */
export type ReadPiece = { readonly text: string; readonly toolCalls: readonly ToolCallPiece[] };

/** Reads the calls out of a text by their syntax. What cannot be a call after all is text again. */
export class CallReader {
  readonly #syntax: ToolSyntax;
  #state: 'text' | 'head' | 'arguments' | 'suffix' = 'text';
  #held = '';
  #calls = 0;
  #tool: CallableTool | undefined;
  #end = new JsonEnd();

  constructor(syntax: ToolSyntax) {
    this.#syntax = syntax;
  }

  /** What the model has written of its first call, until its name is known. */
  get begun(): string | undefined {
    return this.#state === 'head' && this.#calls === 0 ? this.#held : undefined;
  }

  push(piece: string): ReadPiece {
    this.#held += piece;
    let text = '';
    const toolCalls: ToolCallPiece[] = [];
    for (let before: string | undefined; before !== this.#state; ) {
      before = this.#state;
      if (before === 'text') text += this.#takeText();
      else if (before === 'head') text += this.#takeHead(toolCalls);
      else if (before === 'arguments') this.#takeArguments(toolCalls);
      else this.#takeSuffix();
    }
    return { text, toolCalls };
  }

  /** What was held back and never became a call. */
  end(): string {
    const rest = this.#state === 'text' || this.#calls === 0 ? this.#held : '';
    this.#held = '';
    return rest;
  }

  /** Text before the calls, but for an end by which they may be beginning. */
  #takeText(): string {
    const { start } = this.#syntax;
    const found = this.#held.indexOf(start);
    if (found >= 0) this.#state = 'head';
    return this.#take(found >= 0 ? found : this.#held.length - overlap(this.#held, start));
  }

  /** @returns text, if this is the beginning of no call */
  #takeHead(toolCalls: ToolCallPiece[]): string {
    const { tools, section } = this.#syntax;
    const lead = this.#calls === 0 ? section.prefix : section.between;
    const tool = tools.find(({ head }) => this.#held.startsWith(lead + head));
    if (tool) {
      this.#take(lead.length + tool.head.length);
      toolCalls.push({ index: this.#calls, name: tool.name, arguments: '' });
      this.#calls += 1;
      this.#tool = tool;
      this.#end = new JsonEnd();
      this.#state = 'arguments';
      return '';
    }
    const mayBecomeCall = tools.some(({ head }) => (lead + head).startsWith(this.#held));
    if (mayBecomeCall || this.#calls > 0) return '';
    this.#state = 'text';
    return this.#take(1);
  }

  #takeArguments(toolCalls: ToolCallPiece[]): void {
    let length = 0;
    let isComplete = false;
    while (length < this.#held.length && !isComplete) {
      isComplete = this.#end.push(this.#held[length] ?? '');
      length += 1;
    }
    if (length > 0) toolCalls.push({ index: this.#calls - 1, arguments: this.#take(length) });
    if (isComplete) this.#state = 'suffix';
  }

  #takeSuffix(): void {
    const suffix = this.#tool?.suffix ?? '';
    if (!this.#held.startsWith(suffix)) return;
    this.#take(suffix.length);
    this.#state = 'head';
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }
}

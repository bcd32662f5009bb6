/**
 * Scripts that a shell runs to complete a line of `isograd`: they ask `isograd completion words` with the words up to the cursor, and
 * get a candidate a line, with a description behind a tab. Where there is none, the shell completes files.
 */

/** Shells that a script is for. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const

/** Name of a shell. */
export type Shell = (typeof shells)[number]

/** The script of each shell. */
export const completionScripts: Readonly<Record<Shell, string>> = {
  // A comma begins a word for bash only where COMP_WORDBREAKS says so, and a colon and = always do: words are joined again.
  bash: `_isograd() {
  local line="\${COMP_LINE:0:COMP_POINT}" current="\${COMP_WORDS[COMP_CWORD]}" words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  local last="\${words[\${#words[@]}-1]}" IFS=$'\\n'
  COMPREPLY=($(isograd completion words -- "\${words[@]:1}" 2>/dev/null | cut -f 1))
  COMPREPLY=("\${COMPREPLY[@]#"\${last%"$current"}"}")
}
complete -o default -F _isograd isograd`,
  zsh: `_isograd() {
  local -a found
  found=("\${(@f)$(isograd completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then
    _describe isograd "(\${(@q)\${(@)found//:/\\\\:}//$'\\t'/:})"
  else
    _files
  fi
}
compdef _isograd isograd`,
  fish: `function __isograd_words
  isograd completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
end
complete -c isograd -n 'count (__isograd_words) >/dev/null' -f -a '(__isograd_words)'`,
  powershell: `Register-ArgumentCompleter -Native -CommandName isograd -ScriptBlock {
  param($word, $line, $cursor)
  $words = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursor } | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  isograd completion words '--' @words 2>$null | ForEach-Object {
    $value, $about = $_ -split "\\t", 2
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $(if ($about) { $about } else { $value }))
  }
}`,
}
